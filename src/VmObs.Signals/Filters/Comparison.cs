namespace VmObs.Signals.Filters;

/// <summary>How two things are compared; what is said with "not equal" is the opposite of "equal".</summary>
internal enum Comparison
{
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
