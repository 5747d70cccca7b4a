namespace VmObs.Signals.Labels;

/// <summary>How a label's value is compared.</summary>
public enum MatchOperator
{
    /// <summary><c>=</c>: it is the text.</summary>
    Equal,

    /// <summary><c>!=</c>: it is another.</summary>
    NotEqual,

    /// <summary><c>=~</c>: all of it fits the regular expression.</summary>
    Matches,

    /// <summary><c>!~</c>: it does not.</summary>
    NotMatches,
}

/// <summary>The operators' texts.</summary>
public static class MatchOperators
{
    /// <summary>As it is written.</summary>
    public static string Text(this MatchOperator matchOperator) => matchOperator switch
    {
        MatchOperator.Equal => "=",
        MatchOperator.NotEqual => "!=",
        MatchOperator.Matches => "=~",
        _ => "!~",
    };
}
