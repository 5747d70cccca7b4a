using System.Buffers.Binary;
using System.Text;
using VmObs.Ledger.Hashing;
using VmObs.Signals.Wire;
using VmObs.Storage.Embedded.Journal;

namespace VmObs.Tests.Storage.Journal;

public sealed class JournalSegmentTests
{
    [Fact]
    public void Rules_come_back_as_they_were_written()
    {
        var rules = new IngestRules { NodeAttributes = ["a", "b"], TimeKeys = ["when"], MaxLabels = 7 };
        var (segment, _) = JournalSegment.TryRead(new JournalSegment(3, default, 4, rules).ToBytes())!.Value;
        Assert.Equal(["a", "b"], segment.Rules.NodeAttributes);
        Assert.Equal(["when"], segment.Rules.TimeKeys);
        Assert.Equal(7, segment.Rules.MaxLabels);
    }

    [Fact]
    public void Rules_that_an_older_engine_did_not_know_have_their_defaults()
    {
        var (segment, _) = JournalSegment.TryRead(Head("""{"UnknownNode":"nobody","MaxLabels":9}"""))!.Value;
        Assert.Equal("nobody", segment.Rules.UnknownNode);
        Assert.Equal(9, segment.Rules.MaxLabels);
        Assert.Equal(new IngestRules().TimeKeys, segment.Rules.TimeKeys);
        Assert.Equal(new IngestRules().NodeAttributes, segment.Rules.NodeAttributes);
    }

    private static byte[] Head(string rules)
    {
        var json = Encoding.UTF8.GetBytes(rules);
        var bytes = new byte[60 + json.Length + Digest.Bytes];
        "VMOJRNL1"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(56), json.Length);
        json.CopyTo(bytes.AsSpan(60));
        Blake3.Hash(bytes.AsSpan(0, 60 + json.Length)).CopyTo(bytes.AsSpan(60 + json.Length));
        return bytes;
    }
}
