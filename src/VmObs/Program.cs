using VmObs.Cli;
using VmObs.Cli.Output;

return await CommandLine.RunAsync(args, Terminal.Own);
