using RtcHub.Fuzz;
using SharpFuzz;

// fuzz TARGET            one input from afl-fuzz, or from standard input
// fuzz TARGET PATH...    these files, and those of these folders: a crash again, or the corpus
if (args.Length == 0 || !Targets.All.TryGetValue(args[0], out var target))
{
    Console.Error.WriteLine($"usage: fuzz {string.Join('|', Targets.All.Keys.Order())} [file or folder]...");
    return 2;
}

if (args.Length == 1)
{
    Fuzzer.OutOfProcess.Run(stream =>
    {
        using var input = new MemoryStream();
        stream.CopyTo(input);
        target(input.ToArray());
    });
    return 0;
}

var files = args[1..].SelectMany(path => Directory.Exists(path) ? Directory.GetFiles(path) : [path]).Order().ToArray();
foreach (var file in files)
{
    Console.WriteLine(file);
    target(File.ReadAllBytes(file));
}

Console.WriteLine($"{files.Length} inputs did no harm");
return files.Length > 0 ? 0 : 1;
