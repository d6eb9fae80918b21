using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace RtcHub.Signal.Hosting;

/// <summary>Versions as entity tags and the conditions upon them (RFC 9110 sections 8.8.3 and 13.1).</summary>
internal static class EntityTag
{
    /// <summary>The tag of a version: the number in quotes.</summary>
    public static EntityTagHeaderValue Of(long version) => new($"\"{version.ToString(CultureInfo.InvariantCulture)}\"");

    /// <summary>Whether the request may change what has this version now; null: it may.</summary>
    /// <param name="version">Null: it does not exist.</param>
    /// <param name="required">A request without If-Match is refused.</param>
    public static HubError? Refuse(HttpRequest request, long? version, bool required)
    {
        if (request.Headers.IfMatch.Count == 0)
            return required ? Errors.PreconditionRequired.With(field: HeaderNames.IfMatch) : null;
        return request.GetTypedHeaders().IfMatch is { Count: > 0 } tags
            ? Fits(tags, version, strong: true) ? null : Errors.PreconditionFailed.With(field: HeaderNames.IfMatch)
            : Errors.Invalid.With("If-Match is a list of entity tags, each in quotes, or *.", HeaderNames.IfMatch);
    }

    /// <summary>The client says that it knows this version already.</summary>
    public static bool IsKnown(HttpRequest request, long? version) => Fits(request.GetTypedHeaders().IfNoneMatch, version, strong: false);

    private static bool Fits(IList<EntityTagHeaderValue> tags, long? version, bool strong) =>
        version is { } present && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(Of(present), strong));
}
