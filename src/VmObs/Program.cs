using VmObs.Cli;

return await CommandLine.RunAsync(args, Terminal.Own);
