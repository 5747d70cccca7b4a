using VmObs.Ledger.Checkpoints;
using VmObs.Verify;

// vm-obs-verify DIR [--vkey KEY]: checks a data folder's receipts, ROOT and sealed files with the ledger library alone.
// vm-obs-verify BUNDLE --vkey KEY: checks a bundle of `vm-obs proof`.
if (args is not ([_] or [_, "--vkey", _]) || args[0].StartsWith('-') || (args.Length == 1 && File.Exists(args[0])))
{
    Console.Error.WriteLine("usage: vm-obs-verify DIR [--vkey KEY]\n       vm-obs-verify BUNDLE --vkey KEY\nexit codes: 0 all verified, 1 findings, 2 usage");
    return 2;
}
var path = args[0];
var keyFile = Path.Combine(path, "keys", "observability.vkey");
if (args.Length == 1)
    Console.Error.WriteLine($"note: the key is taken from {keyFile}; a key from the folder proves less than one that you got elsewhere (--vkey)");
try
{
    var key = NoteKey.Parse((args.Length == 3 ? args[2] : File.ReadAllText(keyFile)).Trim());
    return (File.Exists(path) ? BundleCheck.Run(path, key, Console.Out) : FolderCheck.Run(path, key, Console.Out)) ? 0 : 1;
}
catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"vm-obs-verify: {error.Message}");
    return 2;
}
