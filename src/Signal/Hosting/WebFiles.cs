using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace RtcHub.Signal.Hosting;

/// <summary>
/// Serves the folder <c>web</c> as it is: pages under their addresses, modules under their names, everything revalidated
/// by ETag at each load (so an edit shows at the next reload, and an unchanged file costs a 304), text compressed.
/// </summary>
internal static class WebFiles
{
    private const string NotFoundPage = "/404.html";

    public static WebApplicationBuilder AddWebFiles(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<WebOptions>().BindConfiguration(WebOptions.Section).ValidateDataAnnotations();
        builder.Services.AddResponseCompression(compression =>
        {
            // What attacks on compression under TLS need, a secret beside chosen text, no file here has; REST is left out.
            compression.EnableForHttps = true;
            compression.MimeTypes = ["text/html", "text/css", "text/javascript", "application/json", "application/manifest+json", "image/svg+xml"];
        });
        return builder;
    }

    /// <summary>Comes last: it answers every browser that nobody before it has answered, if only with the page for 404.</summary>
    public static WebApplication UseWebFiles(this WebApplication app)
    {
        var root = FindRoot(app.Services.GetRequiredService<IOptions<WebOptions>>().Value.Root, AppContext.BaseDirectory);
        var files = new PhysicalFileProvider(root);
        app.Lifetime.ApplicationStopped.Register(files.Dispose);

        app.UseWhen(context => context.GetEndpoint() is null, pages =>
        {
            pages.UseResponseCompression();
            pages.Use((context, next) =>
            {
                context.Request.Path = FileOf(context.Request.Path);
                return next(context);
            });
            pages.UseStaticFiles(new StaticFileOptions
            {
                FileProvider = files,
                ContentTypeProvider = new FileExtensionContentTypeProvider { Mappings = { [".mjs"] = "text/javascript" } },
                OnPrepareResponse = file => file.Context.Response.GetTypedHeaders().CacheControl = new CacheControlHeaderValue { NoCache = true },
            });
            UseDocs(pages, Path.Combine(root, "..", "docs"));
            pages.Use((context, next) => WantsPage(context.Request) ? WriteNotFoundAsync(context, files) : next(context));
        });
        return app;
    }

    // The protocol beside the pages, for whoever writes another client; as plain text, which every browser shows.
    private static void UseDocs(IApplicationBuilder pages, string folder)
    {
        if (!Directory.Exists(folder)) return;
        pages.UseStaticFiles(new StaticFileOptions
        {
            RequestPath = "/docs",
            FileProvider = new PhysicalFileProvider(Path.GetFullPath(folder)),
            ContentTypeProvider = new FileExtensionContentTypeProvider(new Dictionary<string, string> { [".md"] = "text/plain; charset=utf-8" }),
        });
    }

    /// <summary>The folder of the pages; an exception that says what was looked for when there is none.</summary>
    /// <param name="configured"><c>Web:Root</c>, or null.</param>
    /// <param name="programFolder">Where the program lies.</param>
    internal static string FindRoot(string? configured, string programFolder)
    {
        if (configured is not null)
        {
            var root = Path.GetFullPath(configured);
            return IsRoot(root) ? root : throw new OptionsValidationException(nameof(WebOptions.Root), typeof(WebOptions), [$"Web:Root: there is no index.html in {root}."]);
        }

        for (var folder = new DirectoryInfo(programFolder); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, "web") is var root && IsRoot(root)) return root;
        }

        throw new OptionsValidationException(nameof(WebOptions.Root), typeof(WebOptions), [$"There is no folder web with an index.html in {programFolder} or above it; say where it is with Web:Root."]);
    }

    private static bool IsRoot(string folder) => File.Exists(Path.Combine(folder, "index.html"));

    // The pages' addresses; the name of a room is for the page to read.
    private static PathString FileOf(PathString path) => path.Value switch
    {
        "/" => "/index.html",
        "/lab" => "/lab.html",
        "/diag" => "/diag.html",
        "/publish" => "/publish.html",
        "/play" => "/play.html",
        ['/', 'r', '/', _, ..] room when !room.AsSpan(3).Contains('/') => "/call.html",
        _ => path,
    };

    // Programs ask for no HTML: they get the plain 404 that everything else of the hub gives.
    private static bool WantsPage(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));

    private static Task WriteNotFoundAsync(HttpContext context, PhysicalFileProvider files)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.GetTypedHeaders().CacheControl = new CacheControlHeaderValue { NoStore = true };
        return context.Response.SendFileAsync(files.GetFileInfo(NotFoundPage), context.RequestAborted);
    }
}
