using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RtcHub.Sfu.Control;

/// <summary>The answer to a request of the control API: a status and JSON, or no content.</summary>
internal sealed record Reply(int Status, ReadOnlyMemory<byte> Json) : IResult
{
    public static readonly Reply Done = new(StatusCodes.Status204NoContent, default);

    public bool IsSuccess => Status is >= 200 and < 300;

    public static Reply Of<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) => new(status, JsonSerializer.SerializeToUtf8Bytes(value, type));

    public static Reply Of(SfuException refusal) => Of(new ErrorBody(refusal.Error, refusal.Message), SfuJson.Default.ErrorBody, StatusOf(refusal.Error));

    /// <summary>Not a matter of the contract: no permission, or a bug.</summary>
    public static Reply Refused(int status, string why) => Of(new ErrorBody(SfuError.Unavailable, why), SfuJson.Default.ErrorBody, status);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Status;
        if (Json.IsEmpty) return;
        httpContext.Response.ContentType = "application/json";
        httpContext.Response.ContentLength = Json.Length;
        await httpContext.Response.Body.WriteAsync(Json, httpContext.RequestAborted);
    }

    private static int StatusOf(SfuError error) => error switch
    {
        SfuError.Invalid => StatusCodes.Status400BadRequest,
        SfuError.NotFound => StatusCodes.Status404NotFound,
        SfuError.NotAcceptable => StatusCodes.Status422UnprocessableEntity,
        SfuError.Full => StatusCodes.Status507InsufficientStorage,
        SfuError.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status409Conflict,
    };
}
