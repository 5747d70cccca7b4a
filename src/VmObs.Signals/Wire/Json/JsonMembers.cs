using System.IO.Hashing;

namespace VmObs.Signals.Wire.Json;

/// <summary>The members of one object, to be looked up by name.</summary>
/// <remarks>Use: <see cref="Read"/>, then <see cref="TryFind"/> and <see cref="Take"/>. Of members of one name the last one counts. Not thread-safe.</remarks>
internal sealed class JsonMembers
{
    private const int QuadraticLimit = 16;

    private readonly List<Member> _members = [];
    private readonly HashSet<ulong> _seen = [];

    public int Count => _members.Count;

    public Member this[int member] => _members[member];

    /// <summary>Reads an object's members; false where there is no object or it has a fault.</summary>
    public bool Read(JsonWalker document)
    {
        _members.Clear();
        Append(document);
        return !document.Failed;
    }

    /// <summary>Adds the members of another object.</summary>
    public void Append(JsonWalker document)
    {
        if (!document.Enter('{'))
            return;
        while (document.NextMember(out var name))
            _members.Add(new Member(name, document.ReadValue()));
    }

    /// <summary>Adds the members of another list that are not used yet.</summary>
    public void AppendUntaken(JsonMembers others)
    {
        foreach (var member in others._members)
        {
            if (!member.Taken)
                _members.Add(member);
        }
    }

    /// <summary>Forgets all members.</summary>
    public void Clear() => _members.Clear();

    /// <summary>Marks a member as used.</summary>
    public void Take(int member) => _members[member] = _members[member] with { Taken = true };

    /// <summary>The last member of this name that is not taken; −1 for none.</summary>
    public int IndexOf(in JsonWalker document, ReadOnlySpan<byte> name)
    {
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            if (_members[i].Name.Length == name.Length && !_members[i].Taken && document.Span(_members[i].Name).SequenceEqual(name))
                return i;
        }
        return -1;
    }

    /// <summary>Finds a value by the name of a member, or by a path with dots into nested objects.</summary>
    /// <param name="document">What the members were read from.</param>
    /// <param name="path">"log.level": a member of that name, else the member "level" of the member "log".</param>
    /// <param name="value">The value.</param>
    /// <param name="member">The member itself; −1 where the value lies inside one.</param>
    public bool TryFind(in JsonWalker document, ReadOnlySpan<byte> path, out WireSlice value, out int member)
    {
        member = IndexOf(document, path);
        value = member < 0 ? default : _members[member].Value;
        if (member >= 0)
            return true;
        var dot = path.IndexOf((byte)'.');
        if (dot <= 0 || IndexOf(document, path[..dot]) is not (>= 0 and var outer))
            return false;
        return TryFindInside(document.Open(_members[outer].Value), path[(dot + 1)..], out value);
    }

    /// <summary>Takes all but the last of the members that have one name.</summary>
    public void DropDuplicates(in JsonWalker document)
    {
        _seen.Clear();
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            if (_members[i].Taken)
                continue;
            var isNew = _members.Count > QuadraticLimit
                ? _seen.Add(XxHash3.HashToUInt64(document.Span(_members[i].Name)))
                : !StandsAgain(document, i);
            if (!isNew)
                Take(i);
        }
    }

    private static bool TryFindInside(JsonWalker inner, ReadOnlySpan<byte> path, out WireSlice value)
    {
        value = default;
        WireSlice outer = default;
        var dot = path.IndexOf((byte)'.');
        if (inner.PeekValue() != '{' || !inner.Enter('{'))
            return false;
        var found = false;
        while (inner.NextMember(out var name))
        {
            var read = inner.ReadValue();
            var text = inner.Span(name);
            if (text.SequenceEqual(path))
                (value, found) = (read, true);
            else if (dot > 0 && text.SequenceEqual(path[..dot]))
                outer = read;
        }
        return found || (!outer.IsEmpty && TryFindInside(inner.Open(outer), path[(dot + 1)..], out value));
    }

    private bool StandsAgain(in JsonWalker document, int member)
    {
        for (var i = member + 1; i < _members.Count; i++)
        {
            if (!_members[i].Taken && document.Span(_members[i].Name).SequenceEqual(document.Span(_members[member].Name)))
                return true;
        }
        return false;
    }

    /// <summary>A member.</summary>
    /// <param name="Name">What stands between its name's quotes.</param>
    /// <param name="Value">Its value with quotes or brackets.</param>
    internal readonly record struct Member(WireSlice Name, WireSlice Value)
    {
        /// <summary>Whether it has been used.</summary>
        public bool Taken { get; init; }
    }
}
