using System.Text;
using VmObs.Ledger.Hashing;

namespace VmObs.Tests.Storage.Faults;

/// <summary>What lies on a disk after a power loss.</summary>
/// <param name="Name">How it came about.</param>
/// <param name="Files">Content by path; null for a folder.</param>
internal sealed record DiskImage(string Name, SortedDictionary<string, byte[]?> Files)
{
    /// <summary>Equal for images that are equal on disk.</summary>
    public Digest Fingerprint()
    {
        var hasher = new Blake3Hasher();
        foreach (var (path, content) in Files)
        {
            hasher.Update(Encoding.UTF8.GetBytes($"{path}\0{content?.Length ?? -1}\0"));
            hasher.Update(content ?? []);
        }
        return hasher.Finish();
    }

    /// <summary>Makes it a folder of the real disk.</summary>
    /// <param name="from">The folder whose paths the image has.</param>
    /// <param name="to">An empty folder.</param>
    public void WriteTo(string from, string to)
    {
        foreach (var (path, content) in Files)
        {
            var target = to + path[from.Length..];
            if (content is null)
                Directory.CreateDirectory(target);
            else
                File.WriteAllBytes(target, content);
        }
    }
}
