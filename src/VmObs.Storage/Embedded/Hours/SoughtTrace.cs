using System.Text;
using VmObs.Signals.Traces;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A trace that is looked for in files.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">The id as it stands in a file.</param>
/// <param name="Hash">What a Bloom filter knows of it.</param>
internal sealed record SoughtTrace(TraceId Id, byte[] Text, ulong Hash)
{
    /// <summary>Looks for a trace.</summary>
    public static SoughtTrace Of(TraceId id)
    {
        var text = Encoding.ASCII.GetBytes(id.ToString());
        return new SoughtTrace(id, text, BloomFilter.Hash(text));
    }
}
