using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Hosting;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c>, and Swagger UI at <c>/swagger</c> to try it out.</summary>
internal static class OpenApi
{
    private const string Document = "v1";
    private const string KeyScheme = "apiKey";
    private const string TokenScheme = "joinToken";

    /// <summary>Errors that any operation of the REST group can end in.</summary>
    public static readonly IReadOnlyList<ErrorCode> Everywhere = [Errors.Unauthorized, Errors.Internal];

    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services)
    {
        // A number is a number, in what is read and in what the document says.
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        return services.AddOpenApi(Document, options =>
        {
            options.CreateSchemaReferenceId = OpenApiSchemas.NameOf;
            options.AddSchemaTransformer(OpenApiSchemas.TransformAsync);
            options.AddOperationTransformer(DescribeAsync);
            options.AddDocumentTransformer(IntroduceAsync);
        });
    }

    public static void MapOpenApiDocument(this WebApplication app)
    {
        app.MapOpenApi($"/openapi/{Document}.json");
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "swagger";
            page.DocumentTitle = "RtcHub API";
            page.SwaggerEndpoint($"/openapi/{Document}.json", "RtcHub");
            page.DisplayRequestDuration();
            page.DisplayOperationId();
            page.EnablePersistAuthorization();
        });
    }

    private static async Task IntroduceAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Info = new OpenApiInfo
        {
            Title = "RtcHub",
            Version = Document,
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
            Description = """
                Rooms, the people in them, and the tokens to join them.

                A **room** is a link: whoever opens its `url` in a browser is in the call. Make one with `POST /api/v1/rooms`, open the
                `url` in two tabs, and read `GET /api/v1/rooms/{id}/participants`.

                **Keys.** A hub without `Auth:ApiKeys` is open. With keys, every request here needs `Authorization: Bearer KEY`, and every
                person who joins needs a token from `POST /api/v1/tokens`.

                **Errors** are problem details (RFC 9457) with a stable `code`; all faults of a request are told at once, in `errors`.

                **Changes** are guarded by ETag and If-Match: nobody overwrites what somebody else has changed meanwhile.

                What happens in a call goes over a WebSocket, not over REST: see [the protocol](/docs/protocol.md).
                """,
        };
        document.Servers = [new OpenApiServer { Url = "/", Description = "This hub" }];
        document.Tags = new HashSet<OpenApiTag>
        {
            new() { Name = "Rooms", Description = "Make, find, change and delete rooms." },
            new() { Name = "Participants", Description = "Who is in a room now; remove and mute them." },
            new() { Name = "WHIP and WHEP", Description = "How programs that are no browsers publish into a room and play it: see [WHIP and WHEP](/docs/whip.md)." },
            new() { Name = "Tokens", Description = "Let a person join a hub that has keys." },
            new() { Name = "ICE servers", Description = "STUN and TURN servers for an RTCPeerConnection." },
            new() { Name = "Health", Description = "For load balancers and supervisors; never needs a key." },
        };
        document.Components ??= new OpenApiComponents();
        document.AddComponent<IOpenApiSecurityScheme>(KeyScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "One of `Auth:ApiKeys`. Leave it empty on a hub without keys.",
        });
        document.AddComponent<IOpenApiSecurityScheme>(TokenScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "A token of `POST /api/v1/tokens`, or one of `Auth:ApiKeys`. On a hub without keys the passcode of the room, if it has one.",
        });
        document.AddComponent("Problem", await context.GetOrCreateSchemaAsync(typeof(ProblemBody), cancellationToken: cancel));
    }

    private static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<OperationDoc>().FirstOrDefault() is not { } doc)
            return Task.CompletedTask;
        var needsKey = metadata.OfType<NeedsKey>().Any();
        if (needsKey || doc.NeedsToken)
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(needsKey ? KeyScheme : TokenScheme, context.Document)] = [] }, new OpenApiSecurityRequirement()];
        foreach (var header in doc.Headers)
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = header.Name,
                In = ParameterLocation.Header,
                Description = header.Description,
                Required = header.Required,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Example = header.Example,
            });
        }

        if (doc.Body is { IsText: true } text)
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = Text(text.ContentType, text.Example) };
        else
        {
            foreach (var content in operation.RequestBody?.Content?.Values ?? [])
                content.Example = JsonNode.Parse(doc.Body!.Example);
        }

        operation.Responses ??= [];
        foreach (var expected in doc.Responses)
            Describe(operation.Responses, expected);
        foreach (var errors in doc.Errors.Concat(needsKey || doc.NeedsToken ? Everywhere : []).GroupBy(error => error.Status).OrderBy(group => group.Key))
            operation.Responses[Text(errors.Key)] = Failure([.. errors], context.Document!);
        return Task.CompletedTask;
    }

    private static void Describe(OpenApiResponses responses, ResponseDoc expected)
    {
        if (!responses.TryGetValue(Text(expected.Status), out var known) || known is not OpenApiResponse response)
            responses[Text(expected.Status)] = response = new OpenApiResponse();
        response.Description = expected.Description;
        if (expected.ContentType is { } type)
            response.Content = Text(type, expected.Example!);
        else
            Exemplify(response, expected);
        foreach (var header in expected.Headers)
        {
            (response.Headers ??= new Dictionary<string, IOpenApiHeader>())[header.Name] = new OpenApiHeader
            {
                Description = header.Description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Example = header.Example,
            };
        }
    }

    private static void Exemplify(OpenApiResponse response, ResponseDoc expected)
    {
        foreach (var content in response.Content?.Values ?? [])
            content.Example = expected.Example is null ? null : JsonNode.Parse(expected.Example);
    }

    private static Dictionary<string, OpenApiMediaType> Text(string type, string example) => new()
    {
        [type] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = JsonValue.Create(example) },
    };

    private static OpenApiResponse Failure(ErrorCode[] errors, OpenApiDocument document) => new()
    {
        Description = string.Join("\n", errors.Select(error => $"`{error.Code}`: {error.Message}")),
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [Problems.ContentType] = new()
            {
                Schema = new OpenApiSchemaReference("Problem", document),
                Examples = errors.ToDictionary(error => error.Code, error => (IOpenApiExample)new OpenApiExample { Value = Example(error) }),
            },
        },
    };

    private static JsonNode Example(ErrorCode error) => JsonSerializer.SerializeToNode(
        new ProblemBody($"/problems/{error.Code}", error.Message, error.Status, error.Message, error.Code, "4bf92f3577b34da6a3ce929d0e0e4736"),
        ProblemJson.Default.ProblemBody)!;

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);
}
