using System.Diagnostics.CodeAnalysis;

namespace RtcHub.Signal.Hosting;

/// <summary>
/// What the OpenAPI document says of an operation beyond what its signature tells. Kept beside the endpoints, read by
/// <see cref="OpenApi"/>.
/// </summary>
/// <param name="Name">The <c>operationId</c>.</param>
/// <param name="Summary">One line.</param>
/// <param name="Description">Markdown.</param>
internal sealed record OperationDoc(string Name, string Summary, [property: StringSyntax("markdown")] string Description)
{
    public BodyDoc? Body { get; init; }

    /// <summary>On a hub with keys this asks for a join token (or a key).</summary>
    public bool NeedsToken { get; init; }

    /// <summary>Request headers that change what happens.</summary>
    public IReadOnlyList<HeaderDoc> Headers { get; init; } = [];

    public required IReadOnlyList<ResponseDoc> Responses { get; init; }

    /// <summary>Errors that this operation can end in, besides <see cref="OpenApi.Everywhere"/>.</summary>
    public IReadOnlyList<ErrorCode> Errors { get; init; } = [];
}

/// <summary>A request body.</summary>
/// <param name="Type">Whose schema it has.</param>
/// <param name="Example">As it is sent.</param>
/// <param name="Optional">May be left out altogether.</param>
internal sealed record BodyDoc(Type Type, [property: StringSyntax(StringSyntaxAttribute.Json)] string Example, bool Optional = false)
{
    /// <summary>Text of a type of its own, which the endpoint checks by itself.</summary>
    public bool IsText => Type == typeof(string);

    public string ContentType { get; init; } = "application/json";

    /// <summary>Another type that is read in the same way.</summary>
    public string? OtherContentType { get; init; }
}

/// <summary>A header of a request or a response, always a string.</summary>
internal sealed record HeaderDoc(string Name, string Description, string Example, bool Required = false);

/// <summary>A response that is not an error.</summary>
/// <param name="Example">As it is sent, or null when there is no body.</param>
internal sealed record ResponseDoc(int Status, string Description, [property: StringSyntax(StringSyntaxAttribute.Json)] string? Example = null)
{
    /// <summary>Of a body that is no JSON but text.</summary>
    public string? ContentType { get; init; }

    public IReadOnlyList<HeaderDoc> Headers { get; init; } = [];
}

internal static class OperationDocs
{
    /// <summary>Describes an endpoint, and lets it be chosen for its kind of body alone.</summary>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, OperationDoc doc)
    {
        endpoint.WithName(doc.Name).WithSummary(doc.Summary).WithDescription(doc.Description).WithMetadata(doc);
        if (doc.Body is { IsText: false } body)
            endpoint.Accepts(body.Type, body.Optional, body.ContentType, body.OtherContentType is { } other ? [other] : []);
        return endpoint;
    }
}
