using System.Text;
using CsCheck;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Hours;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Grams;

public sealed class GramIndexTests
{
    private const int Blocks = 40;

    private static readonly Blake3Mode s_key = new GramKey(new byte[32]).Of("logs/2025-12-06/hour-14.jsonl.gz");

    [Fact]
    public void Blocks_that_hold_a_text_stay_and_nearly_all_others_go()
    {
        var (file, blocks, texts) = Made(1);
        var index = GramIndex.Empty.Extend(file, blocks, s_key);
        Assert.Equal(Blocks, index.Covered);
        var random = new Random(2);
        var wrong = 0;
        for (var i = 0; i < 500; i++)
        {
            var of = random.Next(Blocks);
            var text = texts[of].Substring(random.Next(texts[of].Length - 40), random.Next(11, 40));
            var asked = Ask(index, file, text);
            for (var block = 0; block < Blocks; block++)
            {
                if (texts[block].Contains(text, StringComparison.Ordinal))
                    Assert.True(asked[block]);
                else
                    wrong += asked[block] ? 1 : 0;
            }
        }
        Assert.InRange(wrong, 0, 500 * Blocks / 8);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(14)]
    public void A_text_of_four_letters_or_more_tells_blocks_apart(int length)
    {
        var (file, blocks, texts) = Made(6);
        var index = GramIndex.Empty.Extend(file, blocks, s_key);
        Assert.Equal(Blocks, index.Covered);
        var random = new Random(7);
        var wrong = 0;
        for (var i = 0; i < 200; i++)
        {
            var of = random.Next(Blocks);
            var text = texts[of].Substring(random.Next(texts[of].Length - length), length);
            var asked = Ask(index, file, text.ToUpperInvariant());
            for (var block = 0; block < Blocks; block++)
            {
                if (texts[block].Contains(text, StringComparison.Ordinal))
                    Assert.True(asked[block]);
                else
                    wrong += asked[block] ? 1 : 0;
            }
        }
        Assert.InRange(wrong, 0, 200 * Blocks / 4);
    }

    [Fact]
    public void A_damaged_or_cut_gram_file_never_takes_back_a_block_that_holds_the_text()
    {
        var (file, blocks, texts) = Made(3);
        Gen.Select(Gen.Int[0, file.Content.Length - 1], Gen.Byte, Gen.Bool, Gen.Int[0, Blocks - 1]).Sample((at, value, isCut, of) =>
        {
            var content = file.Content.ToArray();
            content[at] = value;
            var damaged = new MemoryFile(isCut ? content[..at] : content);
            var text = texts[of].Substring(texts[of].Length / 2, 30);
            Assert.True(Ask(GramIndex.Empty.Extend(damaged, blocks, s_key), damaged, text)[of]);
        }, iter: 2_000);
    }

    [Fact]
    public void A_group_that_somebody_makes_without_the_key_or_takes_from_another_file_does_not_count()
    {
        var (_, blocks, texts) = Made(3);
        var grams = new GramCollector();
        foreach (var _ in texts)
            grams.Closed("{\"message\":\"nothing of that\"}\n"u8);
        var matrix = grams.TakeGroups();
        foreach (var key in new[] { new GramKey(Enumerable.Repeat((byte)1, 32).ToArray()).Of("logs/2025-12-06/hour-14.jsonl.gz"), new GramKey(new byte[32]).Of("logs/2025-12-06/hour-15.jsonl.gz") })
        {
            var forged = new MemoryFile();
            var (end, first) = (0L, 0);
            GramFile.Write(forged, ref end, matrix, blocks, ref first, key);
            Assert.Equal(Blocks, GramIndex.Empty.Extend(forged, blocks, key).Covered);
            Assert.Equal(0, GramIndex.Empty.Extend(forged, blocks, s_key).Covered);
        }
    }

    [Fact]
    public void Pages_that_changed_places_are_not_taken()
    {
        var (file, blocks, texts) = Made(3);
        var pages = (file.Content.Length - GramGroup.HeadBytes) / GramMatrix.PageBytes;
        Assert.True(pages > 1, $"{pages} pages");
        for (var page = 0; page < pages; page++)
        {
            var (at, from) = (GramGroup.HeadBytes + (page * GramMatrix.PageBytes), GramGroup.HeadBytes + ((page + 1) % pages * GramMatrix.PageBytes));
            var changed = new MemoryFile([.. file.Content[..at], .. file.Content[from..(from + GramMatrix.PageBytes)], .. file.Content[(at + GramMatrix.PageBytes)..]]);
            Assert.Equal([at], GramIndex.Empty.Extend(changed, blocks, s_key).ChangedPages(changed));
            for (var of = 0; of < Blocks; of++)
                Assert.True(Ask(GramIndex.Empty.Extend(changed, blocks, s_key), changed, texts[of].Substring(500, 30))[of]);
        }
    }

    [Fact]
    public void Grams_of_another_file_at_the_same_places_are_not_taken()
    {
        var (file, blocks, _) = Made(4);
        var other = blocks.Select((block, i) => i == 17 ? block with { Lines = block.Lines + 1, Services = [new("guardian", [0, 0, block.Lines + 1, 0, 0, 0], block.LastUnixNanos)] } : block).ToList();
        Assert.Equal(0, GramIndex.Empty.Extend(file, other, s_key).Covered);
    }

    [Fact]
    public void A_file_that_grows_is_followed_and_blocks_without_grams_stay()
    {
        var file = new MemoryFile();
        var (index, end, first) = (GramIndex.Empty, 0L, 0);
        var blocks = new List<LogBlock>();
        var grams = new GramCollector();
        for (var flush = 0; flush < 3; flush++)
        {
            // The second flush has too few blocks for a group.
            for (var i = 0; i < (flush == 1 ? 3 : 10); i++)
            {
                blocks.Add(Block(blocks.Count));
                grams.Closed(Encoding.UTF8.GetBytes($"{{\"message\":\"text number {blocks.Count} of them all\"}}\n"));
            }
            first = blocks.Count - (flush == 1 ? 3 : 10);
            GramFile.Write(file, ref end, grams.TakeGroups(), blocks, ref first, s_key);
            index = index.Extend(file, blocks, s_key);
            Assert.Equal(flush == 2 ? 20 : 10, index.Covered);
        }
        var asked = Ask(index, file, "text number 15 of them");
        Assert.All([10, 11, 12, 14], block => Assert.True(asked[block]));
        Assert.InRange(Enumerable.Range(0, blocks.Count).Count(block => asked[block]), 4, 10);
    }

    [Fact]
    public void A_block_with_more_grams_than_are_kept_may_hold_anything()
    {
        var grams = new GramCollector();
        var random = new Random(5);
        for (var i = 0; i < 10; i++)
            grams.Closed(Encoding.UTF8.GetBytes(i == 4 ? Noise(random, 200_000) + "\n" : "{\"message\":\"a text that all have\"}\n"));
        var blocks = Enumerable.Range(0, 10).Select(Block).ToList();
        var file = new MemoryFile();
        var (end, first) = (0L, 0);
        GramFile.Write(file, ref end, grams.TakeGroups(), blocks, ref first, s_key);
        Assert.Equal([4], Enumerable.Range(0, 10).Where(block => Ask(GramIndex.Empty.Extend(file, blocks, s_key), file, "something else")[block]));
    }

    private static bool[] Ask(GramIndex index, MemoryFile file, string text)
    {
        var asked = Enumerable.Repeat(true, Math.Max(Blocks, 64)).ToArray();
        index.Narrow(file, GramQuery.Of([Encoding.UTF8.GetBytes(text)])!, asked);
        return asked;
    }

    private static (MemoryFile File, List<LogBlock> Blocks, string[] Texts) Made(int seed)
    {
        var random = new Random(seed);
        var texts = Enumerable.Range(0, Blocks).Select(_ => Noise(random, 2_000)).ToArray();
        var grams = new GramCollector();
        foreach (var text in texts)
            grams.Closed(Encoding.UTF8.GetBytes($"{{\"log_id\":\"x\",\"message\":\"{text}\"}}\n"));
        var blocks = Enumerable.Range(0, Blocks).Select(Block).ToList();
        var file = new MemoryFile();
        var (end, first) = (0L, 0);
        GramFile.Write(file, ref end, grams.TakeGroups(), blocks, ref first, s_key);
        return (file, blocks, texts);
    }

    private static LogBlock Block(int number) =>
        new(number * 100L, 100, 2_000, 1, RetentionClass.Standard, number, number, [new LogBlock.ServiceCounts("guardian", [0, 0, 1, 0, 0, 0], number)]);

    private static string Noise(Random random, int length) => string.Create(length, random, static (letters, random) =>
    {
        for (var i = 0; i < letters.Length; i++)
            letters[i] = (char)('a' + random.Next(26));
    });
}
