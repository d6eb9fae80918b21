using System.ComponentModel;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RtcHub.Signal.Hosting;

/// <summary>An error as the result of an endpoint.</summary>
internal sealed class Problem : IResult
{
    private readonly HubError _error;
    private readonly IReadOnlyList<FieldError> _faults;

    private Problem(HubError error, IReadOnlyList<FieldError> faults) => (_error, _faults) = (error, faults);

    public static Problem Of(HubError error) => new(error, []);

    /// <summary>Everything that is wrong with a request, in one answer.</summary>
    /// <param name="faults">At least one.</param>
    public static Problem Of(IReadOnlyList<FieldError> faults) =>
        new(Errors.Invalid.With(string.Join(' ', faults.Select(f => f.Message)), faults[0].Field), faults);

    public Task ExecuteAsync(HttpContext httpContext) => Problems.WriteAsync(httpContext, _error, _faults);
}

/// <summary>One member, parameter or header of a request, and what is wrong with it.</summary>
internal sealed record FieldError(
    [property: Description("The member as a JSON path, the parameter or the header.")] string Field,
    [property: Description("What is wrong with it, as a sentence.")] string Message);

/// <summary>The body of every error: problem details (RFC 9457) with a stable code.</summary>
internal sealed record ProblemBody(
    [property: Description("Reference to a description of this kind of error; ends in the code.")] string Type,
    [property: Description("The kind of error as a sentence; the same for every error of the code.")] string Title,
    [property: Description("The HTTP status.")] int Status,
    [property: Description("What went wrong this time.")] string Detail,
    [property: Description("Stable name of the kind of error, for programs; the same as on the WebSocket.")] string Code,
    [property: Description("Names this request in the hub's log.")] string TraceId,
    [property: Description("The member, parameter or header at fault, if it is one.")]
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Field = null,
    [property: Description("All faults of the request, when it was read and refused.")]
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FieldError>? Errors = null,
    [property: Description("When to try again, in milliseconds; also in the header Retry-After, in seconds.")]
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? RetryAfterMs = null);


/// <summary>What a kind of error means, as <c>/problems/{code}</c> tells.</summary>
internal sealed record ProblemType(string Code, int Status, string Meaning);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(ProblemType))]
internal sealed partial class ProblemJson : JsonSerializerContext
{
    // Sentences quote names in apostrophes; nothing of this ends up inside HTML.
    public static ProblemJson Readable { get; } = new(
        new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
