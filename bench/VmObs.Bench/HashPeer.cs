using System.ComponentModel;
using System.Diagnostics;

namespace VmObs.Bench;

/// <summary>The reference's BLAKE3 of small inputs: its library where it is installed, or else b3sum.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Hashes">How many hashes a run has.</param>
/// <param name="Run">User time of a run over inputs of so many bytes: with the hashes, and without them.</param>
internal sealed record HashPeer(string Name, int Hashes, Func<int, (double With, double Without)> Run)
{
    private const int LibraryHashes = 200_000;

    // As many paths as one command line takes.
    private const int Files = 30_000;

    private const string LibraryLoop = """
        #include <blake3.h>
        #include <stdlib.h>
        #include <string.h>
        int main(int argc, char **argv) {
          size_t size = strtoul(argv[1], 0, 10), count = strtoul(argv[2], 0, 10), room = 64 << 20;
          unsigned char *data = malloc(room), hash[BLAKE3_OUT_LEN], sum = 0;
          memset(data, 7, room);
          for (size_t i = 0, at = 0; i < count; i++, at = at + 2 * size > room ? 0 : at + size) {
            blake3_hasher hasher;
            blake3_hasher_init(&hasher);
            blake3_hasher_update(&hasher, data + at, size);
            blake3_hasher_finalize(&hasher, hash, BLAKE3_OUT_LEN);
            sum ^= hash[0];
          }
          return argc == 99 ? sum : 0;
        }
        """;

    /// <summary>The best one that this machine has.</summary>
    /// <param name="folder">For its files, in memory.</param>
    public static HashPeer Find(string folder)
    {
        var program = Path.Combine(folder, "loop");
        return Compile(program) ? new("libblake3", LibraryHashes, size => Library(program, size)) : new("b3sum, files less empty ones", Files, size => ManyFiles(folder, size));
    }

    // What filling the room takes is not hashing.
    private static (double With, double Without) Library(string program, int size) =>
        (ProcessorTime.Of(program, [$"{size}", $"{LibraryHashes}"]).User, ProcessorTime.Of(program, [$"{size}", "0"]).User);

    private static (double With, double Without) ManyFiles(string folder, int size)
    {
        var (full, empty) = (Path.Combine(folder, "f"), Path.Combine(folder, "e"));
        File.WriteAllBytes(full, new byte[size]);
        File.WriteAllBytes(empty, []);
        return (Time(full), Time(empty));

        double Time(string path) => ProcessorTime.Of("b3sum", ["--no-mmap", "--num-threads", "1", .. Enumerable.Repeat(path, Files)]).User;
    }

    private static bool Compile(string program)
    {
        File.WriteAllText(program + ".c", LibraryLoop);
        try
        {
            using var process = Process.Start(new ProcessStartInfo("cc", ["-O2", "-o", program, program + ".c", "-lblake3"]) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            // No compiler.
            return false;
        }
    }
}
