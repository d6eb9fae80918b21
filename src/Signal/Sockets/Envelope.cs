using System.Text.Json;

namespace RtcHub.Signal.Sockets;

/// <summary>
/// The envelope of a client's frame, read in one pass over its UTF-8: docs/protocol.md section 2. The payload
/// <c>d</c> stays where it is; what is relayed is never deserialised.
/// </summary>
/// <param name="Handler">Of the type <c>t</c>, or null when the hub knows no such message.</param>
/// <param name="Data">The raw JSON of <c>d</c>, well-formed; <c>{}</c> when it is absent.</param>
internal readonly record struct Envelope(Handler? Handler, long? Id, long? Ack, string? To, ReadOnlyMemory<byte> Data)
{
    private static readonly ReadOnlyMemory<byte> NoData = "{}"u8.ToArray();

    /// <summary>
    /// Reads a frame. <paramref name="error"/> names the member at fault; a frame that has a usable <c>id</c> comes back
    /// with it even then, so that the request gets its reply.
    /// </summary>
    public static Envelope Read(ReadOnlyMemory<byte> utf8, out HubError? error)
    {
        Handler? handler = null;
        var (hasType, data) = (false, NoData);
        long? id = null, ack = null;
        string? to = null;
        error = null;
        var reader = new Utf8JsonReader(utf8.Span, new JsonReaderOptions { MaxDepth = 32 });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                error = Errors.Malformed;
                return default;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("t"u8))
                {
                    hasType = reader.Read() && reader.TokenType == JsonTokenType.String;
                    handler = hasType ? Handler.Find(reader.ValueSpan) : null;
                }
                else if (reader.ValueTextEquals("id"u8))
                    id = ReadNumber(ref reader, "id", ref error);
                else if (reader.ValueTextEquals("ack"u8))
                    ack = ReadNumber(ref reader, "ack", ref error);
                else if (reader.ValueTextEquals("to"u8))
                    to = ReadText(ref reader, ref error);
                else if (reader.ValueTextEquals("seq"u8) && ack is null)
                    ack = ReadNumber(ref reader, "seq", ref error); // of the control frame "ack"
                else if (reader.ValueTextEquals("d"u8))
                {
                    reader.Read();
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    data = utf8[start..(int)reader.BytesConsumed];
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }

                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    reader.Skip(); // a member of the wrong type, already noted
            }

            // Nothing but white space may follow the object.
            if (reader.Read())
                error = Errors.Malformed;
        }
        catch (JsonException)
        {
            error = Errors.Malformed;
            return default;
        }

        if (error is null && !hasType)
            Fail("t", ref error);
        return new Envelope(handler, id, ack, to, data);
    }

    private static long? ReadNumber(ref Utf8JsonReader reader, string field, ref HubError? error)
    {
        if (reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) && value is >= 0 and < 1L << 53)
            return value;
        Fail(field, ref error);
        return null;
    }

    private static string? ReadText(ref Utf8JsonReader reader, ref HubError? error)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= 64)
        {
            try
            {
                return reader.GetString();
            }
            catch (InvalidOperationException)
            {
                // An escape that is no character: "\ud800".
            }
        }

        Fail("to", ref error);
        return null;
    }

    private static void Fail(string field, ref HubError? error) =>
        error ??= Errors.Invalid.With($"'{field}' is missing or of the wrong type.", field);
}
