using System.Text;
using CsCheck;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Hours;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Grams;

public sealed class GramIndexTests
{
    private const int Blocks = 40;

    [Fact]
    public void Blocks_that_hold_a_text_stay_and_nearly_all_others_go()
    {
        var (file, blocks, texts) = Made(1);
        var index = GramIndex.Empty.Extend(file, blocks);
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
            Assert.True(Ask(GramIndex.Empty.Extend(damaged, blocks), damaged, text)[of]);
        }, iter: 2_000);
    }

    [Fact]
    public void Grams_of_another_file_at_the_same_places_are_not_taken()
    {
        var (file, blocks, _) = Made(4);
        var other = blocks.Select((block, i) => i == 17 ? block with { Lines = block.Lines + 1, Services = [new("guardian", [0, 0, block.Lines + 1, 0, 0, 0], block.LastUnixNanos)] } : block).ToList();
        Assert.Equal(0, GramIndex.Empty.Extend(file, other).Covered);
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
            GramFile.Write(file, ref end, grams.TakeGroups(), blocks, ref first);
            index = index.Extend(file, blocks);
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
        GramFile.Write(file, ref end, grams.TakeGroups(), blocks, ref first);
        Assert.Equal([4], Enumerable.Range(0, 10).Where(block => Ask(GramIndex.Empty.Extend(file, blocks), file, "something else")[block]));
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
        GramFile.Write(file, ref end, grams.TakeGroups(), blocks, ref first);
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
