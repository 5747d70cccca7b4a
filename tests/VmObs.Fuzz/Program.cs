using System.Diagnostics;
using System.Globalization;
using SharpFuzz;
using VmObs.Fuzz;

// VmObs.Fuzz [--inputs N] [--seed N] [READER…]
// Fuzzes the readers of VmObs.Signals and the slices of VmObs.Ledger, guided by coverage. An input that breaks one is written to artifacts/fuzz; the exit code is then 1.
const string Instrumented = "--instrumented";
if (!args.Contains(Instrumented))
    return InstrumentAndRun(args);

// Before any instrumented code runs: it writes where this says.
var coverage = new Coverage();
var inputs = Option("--inputs", 1_000_000);
var seed = (int)Option("--seed", Environment.TickCount);
var names = args.Where((arg, i) => !arg.StartsWith("--", StringComparison.Ordinal) && (i == 0 || args[i - 1] is not ("--inputs" or "--seed"))).ToArray();
var unknown = names.Except(FuzzTargets.All.Select(static target => target.Name)).ToArray();
if (unknown.Length > 0)
{
    Console.Error.WriteLine($"got {string.Join(", ", unknown)}, want readers of {string.Join(", ", FuzzTargets.All.Select(static target => target.Name))}");
    return 2;
}
var failed = 0;
Console.WriteLine($"seed {seed}");
foreach (var target in FuzzTargets.All.Where(target => names.Length == 0 || names.Contains(target.Name)))
{
    var began = Stopwatch.GetTimestamp();
    coverage.Forget();
    var run = new FuzzRun(target, coverage, seed);
    var broken = run.Run(inputs);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: {inputs} inputs in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, {run.CorpusCount} kept, {coverage.Count} branches"));
    if (broken is not { } found)
        continue;
    failed = 1;
    Directory.CreateDirectory("artifacts/fuzz");
    var file = $"artifacts/fuzz/{target.Name}-{Convert.ToHexStringLower(System.IO.Hashing.XxHash3.Hash(found.Input))}";
    File.WriteAllBytes(file, found.Input);
    Console.WriteLine($"{target.Name}: BROKEN by {file}: {found.What}");
}
return failed;

long Option(string name, long otherwise) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? long.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;

// SharpFuzz rewrites an assembly before it is loaded: a copy of this program, with the readers' assemblies rewritten, does the work.
static int InstrumentAndRun(string[] arguments)
{
    var folder = Directory.CreateTempSubdirectory("vm-obs-fuzz-");
    try
    {
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
            File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
        var types = Fuzzer.Instrument(Path.Combine(folder.FullName, "VmObs.Signals.dll"), static _ => true, Options.Value)
            .Concat(Fuzzer.Instrument(Path.Combine(folder.FullName, "VmObs.Ledger.dll"), static type => type.StartsWith("VmObs.Ledger.Bao.", StringComparison.Ordinal), Options.Value))
            .Count();
        Console.WriteLine($"{types} types instrumented");
        using var process = Process.Start("dotnet", [Path.Combine(folder.FullName, "VmObs.Fuzz.dll"), .. arguments, Instrumented]);
        process.WaitForExit();
        return process.ExitCode;
    }
    finally
    {
        folder.Delete(recursive: true);
    }
}
