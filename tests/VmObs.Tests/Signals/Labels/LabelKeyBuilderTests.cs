using System.Text;
using CsCheck;
using VmObs.Signals;
using VmObs.Signals.Labels;

namespace VmObs.Tests.Signals.Labels;

public sealed class LabelKeyBuilderTests
{
    private static readonly Gen<string> Name = Gen.OneOf(Gen.OneOf("a", "ab", "abcdefgh", "abcdefghi", "abcdefgh\0", "__name__", "ä"), Gen.String[1, 10]);

    [Fact]
    public void Labels_in_any_order_are_sorted_by_bytes_once_each_the_last_set_standing() =>
        Gen.Select(Name, Gen.OneOf(Gen.Const(""), Gen.String[0, 200])).Array[0, 70].Sample(static labels =>
        {
            using var builder = new LabelKeyBuilder();
            foreach (var (name, value) in labels)
                builder.Set(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
            using var key = new PooledBuffer();
            Assert.Equal(builder.WriteTo(key), key.Length);

            var expected = labels
                .Select(static label => (Name: Encoding.UTF8.GetBytes(label.Item1), Value: Encoding.UTF8.GetBytes(label.Item2)))
                .GroupBy(static label => Convert.ToHexString(label.Name))
                .Select(static group => group.Last())
                .Where(static label => label.Value.Length > 0)
                .OrderBy(static label => label.Name, Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right)))
                .Select(static label => new KeyValuePair<string, string>(Encoding.UTF8.GetString(label.Name), Encoding.UTF8.GetString(label.Value)));
            Assert.Equal(expected, LabelKey.ToList(key.WrittenSpan));
        }, iter: 2000);

    [Fact]
    public void Rewinding_forgets_the_labels_after_the_mark()
    {
        using var builder = new LabelKeyBuilder();
        builder.Set("service"u8, "guardian"u8);
        var mark = builder.Mark();
        builder.Set("le"u8, "1"u8);
        builder.Rewind(mark);
        builder.Set("le"u8, "2"u8);
        using var key = new PooledBuffer();
        builder.WriteTo(key);
        Assert.Equal([new("le", "2"), new("service", "guardian")], LabelKey.ToList(key.WrittenSpan));
        Assert.Equal(2, builder.Count);
    }
}
