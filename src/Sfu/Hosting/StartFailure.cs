using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace RtcHub.Sfu.Hosting;

/// <summary>What went wrong at the start, as its owner can put it right: a port that is taken, a setting that is wrong.</summary>
public static partial class StartFailure
{
    /// <summary>One sentence, or null: then it is a bug and keeps its stack trace.</summary>
    /// <param name="program">What cannot start.</param>
    /// <param name="ports">The settings that say which ports it takes.</param>
    public static string? Explain(Exception exception, string program, string ports) => Why(exception, ports) is { } why ? $"{program} cannot start: {why}" : null;

    private static string? Why(Exception exception, string ports) => exception switch
    {
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => exception.Message,
        OptionsValidationException wrong => Plain(wrong),
        AggregateException { InnerExceptions: var all } when all.All(e => e is OptionsValidationException) =>
            string.Join(" ", all.Cast<OptionsValidationException>().Select(Plain)),
        IOException { InnerException: AddressInUseException } =>
            $"{exception.Message.TrimEnd('.')}; stop the other program or choose another port ({ports}).",
        SocketException { SocketErrorCode: SocketError.AccessDenied } => $"this port needs more rights; choose one above 1023 ({ports}).",
        FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or CryptographicException =>
            exception.Message, // A certificate or a folder that a setting names.
        _ => null,
    };

    // The framework names the class of the options; a person knows the section that it is read from.
    private static string Plain(OptionsValidationException wrong)
    {
        var section = wrong.OptionsType.GetField("Section")?.GetRawConstantValue();
        return string.Join(" ", wrong.Failures.Select(failure => AnnotationFailure().Match(failure) is { Success: true, Groups: var part }
            ? part["key"].Length == 0 ? part["why"].Value : $"{section}:{part["key"]}: {part["why"]}"
            : failure));
    }

    // "DataAnnotation validation failed for 'StunOptions' members: 'RequestsPerSecond' with the error: '...'."
    [GeneratedRegex("^DataAnnotation validation failed for '\\w+' members: '(?<key>.*?)' with the error: '(?<why>.*)'\\.$")]
    private static partial Regex AnnotationFailure();
}
