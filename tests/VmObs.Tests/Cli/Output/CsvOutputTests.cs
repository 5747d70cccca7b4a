using System.Text;
using System.Text.Json;
using CsCheck;
using VmObs.Cli.Output;

namespace VmObs.Tests.Cli.Output;

public sealed class CsvOutputTests
{
    private static readonly OutputColumn[] s_columns = [OutputColumn.Text("a"), OutputColumn.Text("b", "b", "c"), OutputColumn.Text("d")];

    [Fact]
    public async Task A_document_is_a_record_in_the_columns_order_and_what_it_lacks_is_empty()
    {
        Assert.Equal("a,b,d\r\n1,\"x,\"\"y\"\"\",\"{\"\"e\"\":[1,2]}\"\r\n,,\r\n", await WriteAsync(
            """{"d":{"e":[1,2]},"b":{"c":"x,\"y\""},"a":1}""", """{"b":3,"d":null}"""));
    }

    [Fact]
    public async Task No_documents_are_the_header_alone() => Assert.Equal("a,b,d\r\n", await WriteAsync());

    [Fact]
    public void Any_texts_come_back_from_a_reader_of_RFC_4180()
    {
        var text = Gen.String[Gen.OneOf(Gen.Const(','), Gen.Const('"'), Gen.Const('\r'), Gen.Const('\n'), Gen.Char['a', 'é']), 0, 8];
        text.Array[3].Array[0, 5].Sample(records =>
        {
            var lines = records.Select(record => JsonSerializer.Serialize(new Dictionary<string, object> { ["a"] = record[0], ["b"] = new Dictionary<string, string> { ["c"] = record[1] }, ["d"] = record[2] }));
            var csv = WriteAsync([.. lines]).GetAwaiter().GetResult();
            Assert.Equal(records, Read(csv)[1..]);
        });
    }

    private static async Task<string> WriteAsync(params string[] documents)
    {
        var text = new StringWriter();
        using var output = new CsvOutput(text, s_columns);
        foreach (var document in documents)
            await output.WriteAsync(document);
        await output.CompleteAsync();
        return text.ToString();
    }

    // The RFC's grammar, sign by sign.
    private static List<string[]> Read(string csv)
    {
        var records = new List<string[]>();
        var record = new List<string>();
        for (var at = 0; at < csv.Length;)
        {
            var cell = new StringBuilder();
            if (csv[at] == '"')
            {
                for (at++; csv[at] != '"' || (at + 1 < csv.Length && csv[at + 1] == '"'); at++)
                {
                    if (csv[at] == '"')
                        at++;
                    cell.Append(csv[at]);
                }
                at++;
            }
            else
            {
                while (csv[at] is not (',' or '\r'))
                    cell.Append(csv[at++]);
            }
            record.Add(cell.ToString());
            if (csv[at++] == ',')
                continue;
            Assert.Equal('\n', csv[at++]);
            records.Add([.. record]);
            record.Clear();
        }
        return records;
    }
}
