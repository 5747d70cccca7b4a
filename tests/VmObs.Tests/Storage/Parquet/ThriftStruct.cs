namespace VmObs.Tests.Storage.Parquet;

/// <summary>A struct read from Thrift's compact protocol, written once more from its specification: fields by number.</summary>
internal sealed class ThriftStruct
{
    private readonly Dictionary<int, object> _fields = [];

    /// <summary>Reads a struct and moves on.</summary>
    public ThriftStruct(ref ReadOnlySpan<byte> source)
    {
        for (var field = 0; ;)
        {
            var head = source[0];
            source = source[1..];
            if (head == 0)
                return;
            field = head >> 4 == 0 ? throw new FormatException("a long field head") : field + (head >> 4);
            _fields.Add(field, Value(ref source, head & 15, inList: false));
        }
    }

    public T Get<T>(int field) => (T)_fields[field];

    public bool Has(int field) => _fields.ContainsKey(field);

    private static object Value(ref ReadOnlySpan<byte> source, int type, bool inList)
    {
        switch (type)
        {
            case 1 or 2 when !inList:
                return type == 1;
            case 1 or 2 or 3:
                var single = source[0];
                source = source[1..];
                return type == 3 ? (object)(sbyte)single : single == 1;
            case 5 or 6:
                var folded = Varint(ref source);
                return (long)(folded >> 1) ^ -(long)(folded & 1);
            case 8:
                var length = (int)Varint(ref source);
                var bytes = source[..length].ToArray();
                source = source[length..];
                return bytes;
            case 9:
                var head = source[0];
                source = source[1..];
                var count = head >> 4 == 15 ? (int)Varint(ref source) : head >> 4;
                var items = new List<object>();
                for (var i = 0; i < count; i++)
                    items.Add(Value(ref source, head & 15, inList: true));
                return items;
            case 12:
                return new ThriftStruct(ref source);
            default:
                throw new FormatException($"type {type}");
        }
    }

    private static ulong Varint(ref ReadOnlySpan<byte> source)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = source[0];
            source = source[1..];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
    }
}
