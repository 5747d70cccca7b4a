using System.Text;
using CsCheck;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Parquet;
using VmObs.Tests.Storage.Parquet;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Hours;

public sealed class TextCodesTests
{
    [Fact]
    public void Rows_have_the_number_of_their_text_however_the_column_is_written() =>
        TestRuns.Any.Array[1, 40].Sample(runs =>
        {
            using var table = new TestTable();
            table.Write(runs);
            var file = table.Finish();
            using var reader = new ParquetReader(new MemoryFile(file), TestTable.ReadMetadata(file));
            var expected = runs.SelectMany(run => Enumerable.Repeat(run.Text, run.Rows)).ToList();
            using var texts = new TextRows();
            for (var column = 0; column < 8; column++)
            {
                reader.ReadTexts(0, column, 0, expected.Count, texts);
                var codes = TextCodes.Of(texts, expected.Count);
                foreach (var text in expected.Distinct())
                {
                    var code = codes.Find(Encoding.UTF8.GetBytes(text));
                    Assert.Equal(expected.Select(row => row == text), codes.Codes.ToArray().Select(row => row == code));
                }
                Assert.Equal(-1, codes.Find("no such text"u8));
            }
        }, iter: 50);
}
