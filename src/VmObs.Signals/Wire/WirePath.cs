using System.Globalization;
using System.Text;

namespace VmObs.Signals.Wire;

/// <summary>Names the element of a protobuf body that holds a byte: "resource_logs[0].scope_logs[1].log_records[7]".</summary>
/// <remarks>Found afterwards by walking the body again, so that decoding itself keeps no path.</remarks>
internal static class WirePath
{
    public static string Locate(WireSchema schema, ReadOnlySpan<byte> body, long offset)
    {
        var path = new StringBuilder();
        var fault = default(WireFault);
        var reader = new ProtobufReader(body, ref fault);
        Span<int> counts = stackalloc int[64];
        counts.Clear();
        while (reader.NextField() && reader.Position <= offset)
        {
            var field = (reader.Tag & 7) == ProtobufReader.Bytes ? schema.ByNumber(reader.Tag >> 3) : null;
            if (field is null)
            {
                reader.Skip(0);
                continue;
            }
            var slice = reader.ReadSlice();
            if (reader.Failed)
                break;
            var index = counts[field.Number]++;
            if (offset < slice.Offset || offset >= slice.Offset + slice.Length && !(offset == slice.Offset && slice.IsEmpty))
                continue;
            Append(path, field, index);
            if (field.Message is null)
                break;
            schema = field.Message;
            reader = reader.Open(slice, 1);
            counts.Clear();
        }
        return path.Length == 0 ? "request" : path.ToString();
    }

    /// <summary>Adds one step to a path.</summary>
    public static void Append(StringBuilder path, WireField field, int index)
    {
        if (path.Length > 0)
            path.Append('.');
        path.Append(field.Name);
        if (field.Repeated)
            path.Append(CultureInfo.InvariantCulture, $"[{index}]");
    }
}
