using VmObs.Bench;

// VmObs.Bench hash: BLAKE3.
// VmObs.Bench FILE… [--lanes N]: recorded payloads (.rw, .loki, .otlp) through the store.
if (args is ["hash"])
{
    HashBenchmark.Run();
    return 0;
}
var lanes = 8;
var files = new List<string>();
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--lanes" && i + 1 < args.Length)
        lanes = int.Parse(args[++i]);
    else
        files.Add(args[i]);
}
if (files.Count == 0)
{
    Console.Error.WriteLine("usage: VmObs.Bench hash | FILE… [--lanes N]   (FILE: recorded payloads .rw, .loki or .otlp)");
    return 2;
}
var withinBudget = true;
foreach (var file in files)
{
    Console.WriteLine(Path.GetFileName(file));
    withinBudget &= await StoreBenchmark.RunAsync(file, lanes);
}
return withinBudget ? 0 : 1;
