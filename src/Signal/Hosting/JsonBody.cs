using System.Text.Json;
using System.Text.Json.Serialization;

namespace RtcHub.Signal.Hosting;

/// <summary>
/// The JSON object in the body of a request, read member by member. Everything that is wrong is gathered, so that a
/// program's author sees all of it at once; a member that nobody asked for is a mistake, too, for a typo must not pass as success.
/// </summary>
internal sealed class JsonBody
{
    /// <summary>More than any resource of the hub has to say.</summary>
    public const int MaxBytes = 64 * 1024;

    // Far less than what answers and events, which wrap a member of this, may nest.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    private readonly JsonElement _body;
    private readonly HashSet<string> _known = [];
    private readonly List<FieldError> _faults = [];

    private JsonBody(JsonElement body) => _body = body;

    /// <summary>Reads the body, or says why it cannot be read.</summary>
    /// <param name="optional">No body at all is the same as <c>{}</c>.</param>
    public static async Task<(JsonBody? Body, Problem? Problem)> ReadAsync(HttpRequest request, bool optional = false)
    {
        if (optional && request.ContentLength is null or 0 && request.ContentType is null)
            return (new JsonBody(JsonElement.Parse("{}")), null);
        // Also keeps foreign pages out: a browser asks first (CORS) before it sends this type to another origin.
        if (!request.HasJsonContentType())
            return (null, Problem.Of(Errors.UnsupportedMediaType));
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, Strict, request.HttpContext.RequestAborted);
            var body = document.RootElement.Clone();
            if (body.ValueKind != JsonValueKind.Object)
                return (null, Problem.Of(Errors.Malformed.With("The body must be a JSON object.")));
            Size(body); // goes through every string
            return (new JsonBody(body), null);
        }
        catch (JsonException e)
        {
            return (null, Problem.Of(Errors.Malformed.With($"The body is not JSON: {e.Message}")));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // JSON allows strings that are no text: "\ud800".
            return (null, Problem.Of(Errors.Malformed.With("The body has a string that is not Unicode text.")));
        }
    }

    /// <summary>All that was found wrong, after the members that nobody read have been added; empty if the body is good.</summary>
    public IReadOnlyList<FieldError> Faults()
    {
        foreach (var member in _body.EnumerateObject())
        {
            if (_known.Add(member.Name))
                Fault(member.Name, $"'{member.Name}' is not known here.");
        }

        return _faults;
    }

    public void Fault(string field, string message) => _faults.Add(new FieldError(field, message));

    /// <summary>True if the member is there, be it null.</summary>
    public bool Has(string name) => Find(name).ValueKind != JsonValueKind.Undefined;

    /// <summary>Null when absent, null or wrong; as all of these.</summary>
    public string? Text(string name, int min, int max, bool trim = true)
    {
        var element = Find(name);
        if (IsNothing(element))
            return null;
        if (element.ValueKind == JsonValueKind.String && element.GetString()! is var given && !given.Any(char.IsControl)
            && (trim ? given.Trim() : given) is var text && text.Length >= min && text.Length <= max)
            return text;
        Fault(name, $"'{name}' is a text of {min} to {max} characters.");
        return null;
    }

    public int? Number(string name, int min, int max)
    {
        var element = Find(name);
        if (IsNothing(element))
            return null;
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number) && number >= min && number <= max)
            return number;
        Fault(name, $"'{name}' is a whole number from {min} to {max}.");
        return null;
    }

    public bool? Flag(string name)
    {
        var element = Find(name);
        if (IsNothing(element))
            return null;
        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return element.GetBoolean();
        Fault(name, $"'{name}' is true or false.");
        return null;
    }

    public string? OneOf(string name, params ReadOnlySpan<string> values)
    {
        var element = Find(name);
        if (IsNothing(element))
            return null;
        if (element.ValueKind == JsonValueKind.String && element.GetString()! is var text && values.Contains(text))
            return text;
        Fault(name, $"'{name}' is one of {string.Join(", ", values!)}.");
        return null;
    }

    /// <summary>A point in time with its offset (RFC 3339), in UTC.</summary>
    public DateTimeOffset? Time(string name)
    {
        var element = Find(name);
        if (IsNothing(element))
            return null;
        if (element.ValueKind == JsonValueKind.String && HasOffset(element.GetString()!) && element.TryGetDateTimeOffset(out var time))
            return time.ToUniversalTime();
        Fault(name, $"'{name}' is a date and time with offset, as 2030-01-31T12:00:00Z.");
        return null;
    }

    /// <summary>Any JSON object of at most <paramref name="maxBytes"/> bytes.</summary>
    public JsonElement? Object(string name, int maxBytes)
    {
        var element = Find(name);
        if (IsNothing(element))
            return null;
        if (element.ValueKind != JsonValueKind.Object)
            Fault(name, $"'{name}' is an object.");
        else if (Size(element) > maxBytes)
            Fault(name, $"'{name}' has more than {maxBytes} bytes.");
        else
            return element;
        return null;
    }

    private JsonElement Find(string name)
    {
        _known.Add(name);
        return _body.TryGetProperty(name, out var element) ? element : default;
    }

    private static bool IsNothing(JsonElement element) => element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    private static int Size(JsonElement element) => JsonSerializer.SerializeToUtf8Bytes(element, JsonBodyJson.Default.JsonElement).Length;

    private static bool HasOffset(string time) => time.EndsWith('Z') || (time.Length > 6 && time[^6] is '+' or '-' && time[^3] == ':');
}

[JsonSerializable(typeof(JsonElement))]
internal sealed partial class JsonBodyJson : JsonSerializerContext;
