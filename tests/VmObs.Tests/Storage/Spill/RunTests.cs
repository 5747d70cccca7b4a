using System.Buffers.Binary;
using System.Text;
using CsCheck;
using VmObs.Signals;
using VmObs.Signals.Metrics;
using VmObs.Storage;
using VmObs.Storage.Embedded.Spill;
using VmObs.Tests.Storage.Hours;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Spill;

public sealed class RunTests
{
    // Keys that share beginnings, as label sets do, and payloads around the size of a block.
    private static readonly Gen<byte[]> s_key = Gen.Select(Gen.Int[0, 3], Gen.Byte[97, 99].Array[0, 6], (prefix, rest) => (byte[])[.. new byte[prefix * 50], .. rest]);
    private static readonly Gen<byte[]> s_payload = Gen.Frequency((9, Gen.Byte.Array[0, 300]), (1, Gen.Byte.Array[60_000, 70_000]));
    private static readonly Gen<List<(byte[] Key, byte[] Payload)>> s_section =
        Gen.Select(s_key, s_payload).Array[0, 60].Select(entries => entries.DistinctBy(entry => Convert.ToHexString(entry.Item1))
            .Select(entry => (entry.Item1, entry.Item2)).Order(ByKey).ToList());

    private static Comparer<(byte[] Key, byte[] Payload)> ByKey => Comparer<(byte[] Key, byte[] Payload)>.Create((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));

    [Fact]
    public void What_is_written_is_read_in_order_and_found_by_key() =>
        s_section.Array[1, 4].Sample(sections =>
        {
            var (file, footer) = Write(sections);
            Assert.Equivalent(footer, RunFooter.Read(file), strict: true);
            for (var i = 0; i < sections.Length; i++)
            {
                Assert.Equal(sections[i].Count, footer.Sections[i].Records);
                Assert.Equal(Texts(sections[i]), Texts(ReadAll(file, footer.Sections[i])));
                using var cursor = new RunCursor(file, footer.Sections[i]);
                foreach (var wanted in sections[i].Select(entry => entry.Key).Append([]).Append([0xFF]))
                {
                    var at = sections[i].FindIndex(entry => entry.Key.AsSpan().SequenceCompareTo(wanted) >= 0);
                    Assert.Equal(at >= 0, cursor.Seek(wanted));
                    if (at >= 0)
                        Assert.Equal(Texts([sections[i][at]]), Texts([(cursor.Key.ToArray(), cursor.Payload.ToArray())]));
                }
            }
        }, iter: 100);

    [Fact]
    public void A_merge_gives_all_entries_by_key_and_equal_keys_in_the_order_of_their_runs() =>
        s_section.Array[0, 5].Sample(sections =>
        {
            var runs = sections.Select(section =>
            {
                var (file, footer) = Write(section);
                return new RunPart(new RunFile(VmObs.Storage.Disk.DiskFolder.Posix, file, footer), footer.Sections[0]);
            }).ToList();
            using var merge = new RunMerge(runs);
            var found = new List<(byte[], byte[])>();
            while (merge.MoveNext())
                found.Add((merge.Key.ToArray(), merge.Payload.ToArray()));
            Assert.Equal(Texts(sections.SelectMany(section => section).Order(ByKey)), Texts(found));
        }, iter: 100);

    [Fact]
    public void A_damaged_run_never_gives_another_answer()
    {
        var section = Enumerable.Range(0, 300).Select(i => (Key(i), new byte[i % 7 * 100])).ToList();
        var (good, footer) = Write(section, section);
        var want = footer.Sections.SelectMany(s => Texts(ReadAll(good, s))).ToList();
        var random = new Random(5);
        var named = 0;
        for (var i = 0; i < 2000; i++)
        {
            var bytes = good.Content.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            var file = new MemoryFile(bytes);
            try
            {
                var found = RunFooter.Read(file).Sections.SelectMany(s => Texts(ReadAll(file, s))).ToList();
                Assert.Equal(want, found);
            }
            catch (DamagedFileException)
            {
                named++;
            }
        }
        // All but the magic at the start and the indexes, which reading in order does not need.
        Assert.InRange(named, 1950, 2000);
    }

    [Fact]
    public void A_run_cut_at_any_length_is_named_as_damaged()
    {
        var (good, _) = Write([(Key(1), new byte[10]), (Key(2), new byte[10])]);
        for (var length = 0; length < good.Length; length++)
            Assert.Throws<DamagedFileException>(() => RunFooter.Read(new MemoryFile(good.Content[..length])));
    }

    [Fact]
    public void Samples_come_back_as_they_were_whatever_their_times_and_values() =>
        Gen.Select(Gen.Long.Array[1, 40], Gen.Int[0, 3]).Sample((times, steady) =>
        {
            if (steady > 0)
                times = [.. times.Select((_, i) => 1_700_000_000_000_000_000 + (i * 15_000_000_000L) + (steady == 2 ? i % 3 : 0))];
            var values = times.Select((time, i) => i % 5 == 0 ? double.NaN : BitConverter.Int64BitsToDouble(time)).ToArray();
            using var payload = new PooledBuffer();
            MetricPayload.Write(payload, MetricKind.Counter, "By", Columns(times, values));
            var columns = new SampleColumns();
            columns.Add(7, 7);
            Assert.Equal(new MetricDescription(MetricKind.Counter, "By"), MetricPayload.Read(payload.WrittenSpan, columns));
            Assert.Equal([7L, .. times], columns.TimestampsUnixNanos.ToArray());
            Assert.Equal(
                [BitConverter.DoubleToInt64Bits(7), .. values.Select(BitConverter.DoubleToInt64Bits)], columns.Values.ToArray().Select(BitConverter.DoubleToInt64Bits));
        }, iter: 500);

    [Fact]
    public void Details_come_back_with_their_samples() =>
        Gen.Int[1, 40].SelectMany(MetricSeries.AnyDetails, (samples, details) => (samples, details)).Sample(want =>
        {
            using var payload = new PooledBuffer();
            MetricPayload.Write(payload, MetricKind.Gauge, "", Columns(new long[want.samples], new double[want.samples], want.details));
            var columns = Columns([1, 2], [1, 2], new SampleDetail(1, "{}"u8.ToArray()));
            MetricPayload.Read(payload.WrittenSpan, columns);
            Assert.Equal(
                [(1, "{}"), .. want.details.Select(detail => (detail.Sample + 2, Encoding.UTF8.GetString(detail.Json.Span)))],
                columns.Details.ToArray().Select(detail => (detail.Sample, Encoding.UTF8.GetString(detail.Json.Span))));
        }, iter: 300);

    [Fact]
    public void A_payload_without_details_ends_with_its_values_as_in_runs_of_before_there_were_any()
    {
        using var payload = new PooledBuffer();
        MetricPayload.Write(payload, MetricKind.Gauge, "s", Columns([5], [1.5]));
        Assert.Equal("01" + "0173" + "01" + "01" + "0A" + "000000000000F83F", Convert.ToHexString(payload.WrittenSpan));
    }

    [Fact]
    public void A_payload_cut_at_any_length_is_refused()
    {
        using var payload = new PooledBuffer();
        MetricPayload.Write(payload, MetricKind.Gauge, "s", Columns([5, 6, 7], [1, 2, 3], new SampleDetail(0, "{\"a\":1}"u8.ToArray()), new SampleDetail(2, "{\"b\":2}"u8.ToArray())));
        using var without = new PooledBuffer();
        MetricPayload.Write(without, MetricKind.Gauge, "s", Columns([5, 6, 7], [1, 2, 3]));
        for (var length = 0; length < payload.Length; length++)
        {
            // Cut behind the values it is a payload without details; the block's checksum knows better.
            if (length != without.Length)
                Assert.Throws<FormatException>(() => MetricPayload.Read(payload.Slice(0, length), new SampleColumns()));
        }
        payload.WriteByte(0);
        Assert.Throws<FormatException>(() => MetricPayload.Read(payload.WrittenSpan, new SampleColumns()));
    }

    [Fact]
    public void Samples_at_a_steady_interval_take_nine_bytes()
    {
        long[] times = [.. Enumerable.Range(0, 1000).Select(i => 1_700_000_000_000_000_000 + (i * 15_000_000_000L))];
        using var payload = new PooledBuffer();
        MetricPayload.Write(payload, default, "", Columns(times, new double[times.Length]));
        Assert.InRange(payload.Length, 9 * times.Length, (9 * times.Length) + 32);
    }

    private static IEnumerable<string> Texts(IEnumerable<(byte[] Key, byte[] Payload)> entries) =>
        entries.Select(entry => $"{Convert.ToHexString(entry.Key)}: {Convert.ToHexString(entry.Payload)}");

    private static SampleColumns Columns(long[] times, double[] values, params SampleDetail[] details)
    {
        var columns = new SampleColumns();
        foreach (var (time, value) in times.Zip(values))
            columns.Add(time, value);
        foreach (var (sample, json) in details)
            columns.AddDetail(sample, json.Span);
        return columns;
    }

    private static byte[] Key(int number)
    {
        var key = new byte[40];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(36), number);
        return key;
    }

    private static List<(byte[] Key, byte[] Payload)> ReadAll(MemoryFile file, RunSection section)
    {
        var found = new List<(byte[], byte[])>();
        using var cursor = new RunCursor(file, section);
        while (cursor.MoveNext())
            found.Add((cursor.Key.ToArray(), cursor.Payload.ToArray()));
        return found;
    }

    private static (MemoryFile File, RunFooter Footer) Write(params List<(byte[] Key, byte[] Payload)>[] sections)
    {
        var file = new MemoryFile();
        using var writer = new RunWriter(file);
        for (var i = 0; i < sections.Length; i++)
        {
            foreach (var (key, payload) in sections[i])
                writer.Append(key, payload);
            writer.EndSection(new RunFacts(new HourId(i), 1, 2, 3, 4, 5, 6));
        }
        return (file, writer.Finish(1, 2));
    }
}
