namespace VmObs.Signals.Filters;

/// <summary>What a token is.</summary>
internal enum FilterTokenKind
{
    End,

    /// <summary>A name, a keyword or a path's segment.</summary>
    Word,

    /// <summary>A path's segment in backquotes, which is never a keyword.</summary>
    QuotedWord,
    Text,
    Number,
    Duration,
    Size,
    Comparison,
    Dot,
    Comma,
    Open,
    Close,
    OpenList,
    CloseList,

    /// <summary>What is no token.</summary>
    Other,
}
