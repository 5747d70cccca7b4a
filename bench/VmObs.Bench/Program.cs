using VmObs.Bench;

// VmObs.Bench hash: BLAKE3.
// VmObs.Bench seal FILE…: recorded payloads (.rw, .otlp) through the writers of hour files.
// VmObs.Bench FILE… [--lanes N]: recorded payloads through the store; PayloadFormats has the endings.
if (args is ["hash"])
{
    HashBenchmark.Run();
    return 0;
}
// VmObs.Bench logs FILE NEEDLE: recorded log lines into a store, then questions of them; NEEDLE is the trace id of one line.
if (args is ["logs", var logs, var needle])
    return await LogQueryBenchmark.RunAsync(logs, needle) ? 0 : 1;
// VmObs.Bench ledger COUNT [FOLDER]: a scroll of so many receipts.
if (args is ["ledger", var receipts, .. var place] && place.Length < 2)
{
    await LedgerBenchmark.RunAsync(long.Parse(receipts), place is [var at] ? Path.GetFullPath(at) : null);
    return 0;
}
// VmObs.Bench soak PID MINUTES: a steady load on a running engine, with its memory.
if (args is ["soak", var pid, var minutes])
{
    await SoakBenchmark.RunAsync(int.Parse(pid), TimeSpan.FromMinutes(double.Parse(minutes)));
    return 0;
}
// VmObs.Bench decode FILE…: decoding alone, within its budget of allocations.
if (args is ["decode", .. var decoded] && decoded.Length > 0)
{
    var held = true;
    foreach (var file in decoded)
    {
        Console.WriteLine(Path.GetFileName(file));
        held &= StoreBenchmark.Decode(file);
    }
    return held ? 0 : 1;
}
// VmObs.Bench traces FILE: questions about recorded traces, once they are sealed.
if (args is ["traces", var traces])
{
    await TraceSearchBenchmark.RunAsync(traces);
    return 0;
}
// VmObs.Bench send ADDRESS FILE PID API: OTLP over gRPC, or syslog over TCP, to a running engine.
if (args is ["send", var address, var sent, var server, var api])
{
    await SendBenchmark.RunAsync(address, sent, int.Parse(server), api);
    return 0;
}
// VmObs.Bench convert FROM TO: recorded payloads for another protocol.
if (args is ["convert", var from, var to])
{
    Conversion.Run(from, to);
    return 0;
}
// VmObs.Bench query SELECTOR FILE…: recorded samples (.rw), sealed, then asked for.
if (args is ["query", var selector, .. var asked] && asked.Length > 0)
{
    var held = true;
    foreach (var file in asked)
    {
        Console.WriteLine(Path.GetFileName(file));
        held &= await QueryBenchmark.RunAsync(file, selector);
    }
    return held ? 0 : 1;
}
if (args is ["seal", .. var sealFiles] && sealFiles.Length > 0)
{
    var held = true;
    foreach (var file in sealFiles)
    {
        Console.WriteLine(Path.GetFileName(file));
        held &= SealBenchmark.Run(file);
    }
    return held ? 0 : 1;
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
    Console.Error.WriteLine("usage: VmObs.Bench hash | logs FILE NEEDLE | query SELECTOR FILE… | soak PID MINUTES | seal FILE… | decode FILE… | convert FROM TO | send ADDRESS FILE PID API | FILE… [--lanes N]   (FILE: recorded payloads .rw, .loki, .otlp …)");
    return 2;
}
var withinBudget = true;
foreach (var file in files)
{
    Console.WriteLine(Path.GetFileName(file));
    withinBudget &= await StoreBenchmark.RunAsync(file, lanes);
}
return withinBudget ? 0 : 1;
