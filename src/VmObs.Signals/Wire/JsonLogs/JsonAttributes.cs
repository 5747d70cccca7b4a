using VmObs.Signals.Wire.Json;

namespace VmObs.Signals.Wire.JsonLogs;

/// <summary>Writes what is left of a record as its attributes: the members of its "attributes" first, then its other members.</summary>
internal sealed class JsonAttributes
{
    private readonly JsonMembers _pairs = new();

    /// <summary>Writes <c>,"attributes":{…}</c>; nothing when there are none.</summary>
    public void Write(JsonWalker document, JsonMembers members, PooledBuffer text, PooledBuffer scratch)
    {
        _pairs.Clear();
        var nested = members.IndexOf(document, "attributes"u8);
        if (nested >= 0 && document.Span(members[nested].Value)[0] == '{')
        {
            _pairs.Append(document.Open(members[nested].Value));
            members.Take(nested);
        }
        _pairs.AppendUntaken(members);
        _pairs.DropDuplicates(document);
        var isFirst = true;
        for (var i = 0; i < _pairs.Count; i++)
        {
            if (_pairs[i].Taken)
                continue;
            text.Write(isFirst ? ",\"attributes\":{"u8 : ","u8);
            isFirst = false;
            JsonCopy.WriteString(document.Span(_pairs[i].Name), text, scratch);
            text.WriteByte((byte)':');
            JsonCopy.Write(document.Span(_pairs[i].Value), text, scratch);
        }
        if (!isFirst)
            text.WriteByte((byte)'}');
    }
}
