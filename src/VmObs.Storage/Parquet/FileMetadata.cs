using System.Text;

namespace VmObs.Storage.Parquet;

/// <summary>A Parquet file's footer as it was read: what the file holds, and where.</summary>
/// <param name="Table">Name of the schema.</param>
/// <param name="Columns">The columns of the flat table; their <see cref="ParquetColumn.HasBounds"/> and <see cref="ParquetColumn.HasFilter"/> say nothing.</param>
/// <param name="RowGroups">The row groups in order.</param>
/// <param name="KeyValues">What the writer says of the file.</param>
/// <remarks>Immutable: it may be kept and shared as long as the file stays what it is.</remarks>
internal sealed record FileMetadata(
    string Table, IReadOnlyList<ParquetColumn> Columns, IReadOnlyList<RowGroupMetadata> RowGroups, IReadOnlyDictionary<string, string> KeyValues)
{
    private const int ChunkBytes = 200;

    /// <summary>What it takes in memory, about.</summary>
    public long HeldBytes => 1024 + RowGroups.Sum(group => 64L + group.Chunks.Sum(chunk => (long)ChunkBytes + (chunk.Bounds is { } bounds ? bounds.Smallest.Length + bounds.Largest.Length : 0)));

    /// <summary>Whether the columns are these, by name, type and meaning.</summary>
    public bool HasColumns(IEnumerable<ParquetColumn> columns) =>
        Columns.Select(column => column.AsRead).SequenceEqual(columns.Select(column => column.AsRead));

    /// <summary>Reads a footer.</summary>
    /// <param name="footer">Its bytes, whose checksum was checked.</param>
    /// <param name="start">Where they stand in the file; all pages lie before it.</param>
    /// <exception cref="InvalidDataException">It is not a footer, or of a file that <see cref="ParquetReader"/> does not read.</exception>
    public static FileMetadata Read(ReadOnlySpan<byte> footer, long start)
    {
        var schema = ("", (IReadOnlyList<ParquetColumn>)[]);
        var groups = new List<RowGroupMetadata>();
        var keyValues = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new ThriftReader(footer);
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            switch (id)
            {
                // FileMetaData.schema, row_groups, key_value_metadata
                case 2:
                    schema = ReadSchema(ref reader, footer);
                    break;
                case 4:
                    for (var left = reader.List(out _); left > 0; left--)
                        groups.Add(RowGroupMetadata.Read(ref reader, footer, schema.Item2, start));
                    break;
                case 5:
                    for (var left = reader.List(out _); left > 0; left--)
                        ReadKeyValue(ref reader, footer, keyValues);
                    break;
                default:
                    reader.Pass(type);
                    break;
            }
        }
        return new FileMetadata(schema.Item1, schema.Item2, groups, keyValues);
    }

    private static (string Table, IReadOnlyList<ParquetColumn> Columns) ReadSchema(ref ThriftReader reader, ReadOnlySpan<byte> footer)
    {
        var elements = new List<SchemaElement>();
        for (var left = reader.List(out _); left > 0; left--)
            elements.Add(SchemaElement.Read(ref reader, footer));
        return elements.Count > 0 && elements[0].Children == elements.Count - 1
            ? (elements[0].Name, [.. elements.Skip(1).Select(element => element.ToColumn())])
            : throw new InvalidDataException("a schema that is not a flat table");
    }

    private static void ReadKeyValue(ref ThriftReader reader, ReadOnlySpan<byte> footer, Dictionary<string, string> into)
    {
        var (key, value) = ("", "");
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if (id is 1 or 2 && reader.Binary() is var (at, length))
            {
                var text = Encoding.UTF8.GetString(footer.Slice(at, length));
                (key, value) = id == 1 ? (text, value) : (key, text);
            }
            else if (id is not (1 or 2))
            {
                reader.Pass(type);
            }
        }
        into[key] = value;
    }

    /// <summary>A node of the schema. <c>1 type · 3 repetition · 4 name · 5 children · 6 converted type</c></summary>
    private readonly record struct SchemaElement(string Name, int Type, int Repetition, int Children, int Converted)
    {
        private const int None = -1, Required = 0, Optional = 1;

        public static SchemaElement Read(ref ThriftReader reader, ReadOnlySpan<byte> footer)
        {
            var element = new SchemaElement("", None, Required, 0, None);
            for (var id = 0; reader.NextField(ref id, out var type);)
            {
                switch (id)
                {
                    case 1:
                        element = element with { Type = (int)reader.Integer() };
                        break;
                    case 3:
                        element = element with { Repetition = (int)reader.Integer() };
                        break;
                    case 4:
                        var (at, length) = reader.Binary();
                        element = element with { Name = Encoding.UTF8.GetString(footer.Slice(at, length)) };
                        break;
                    case 5:
                        element = element with { Children = (int)reader.Integer() };
                        break;
                    case 6:
                        element = element with { Converted = (int)reader.Integer() };
                        break;
                    default:
                        reader.Pass(type);
                        break;
                }
            }
            return element;
        }

        public ParquetColumn ToColumn()
        {
            var type = (ParquetType)Type;
            var meaning = (type, Converted) switch
            {
                (ParquetType.ByteArray, ParquetFooterWriter.Utf8) => ParquetMeaning.Text,
                (ParquetType.Int64, ParquetFooterWriter.TimestampMillis) => ParquetMeaning.UtcMilliseconds,
                (ParquetType.Int32, ParquetFooterWriter.UnsignedInt32) => ParquetMeaning.UInt32,
                (ParquetType.Int32 or ParquetType.Int64 or ParquetType.Double, None) => ParquetMeaning.None,
                _ => throw new InvalidDataException($"column {Name} of type {Type}, converted type {Converted}"),
            };
            // Of what may be absent only texts are written.
            if (Children != 0 || Repetition is not (Required or Optional) || (Repetition == Optional && type != ParquetType.ByteArray))
                throw new InvalidDataException($"column {Name} of repetition {Repetition} with {Children} children");
            return new ParquetColumn(Name, type, meaning, Repetition == Optional);
        }
    }
}
