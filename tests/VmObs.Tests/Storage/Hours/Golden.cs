using VmObs.Tests.Architecture;

namespace VmObs.Tests.Storage.Hours;

/// <summary>Files that earlier versions wrote.</summary>
internal static class Golden
{
    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "VmObs.Tests", "Storage", "Hours", "Golden", name));
}
