namespace Remote.Cli;

/// <summary>How bad a finding is.</summary>
internal enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Worth knowing.</summary>
    Note,

    /// <summary>Works, and may not for long.</summary>
    Warning,

    /// <summary>Does not work.</summary>
    Problem,
}

/// <summary>One thing that the doctor has looked at.</summary>
/// <param name="Level">How bad it is.</param>
/// <param name="Check">What was looked at, a word that stays the same.</param>
/// <param name="What">What was found.</param>
/// <param name="Advice">What to do; empty when there is nothing to do.</param>
internal sealed record Finding(FindingLevel Level, string Check, string What, string Advice = "")
{
    public static Finding Ok(string check, string what) => new(FindingLevel.Ok, check, what);

    public static Finding Note(string check, string what, string advice = "") => new(FindingLevel.Note, check, what, advice);

    public static Finding Warning(string check, string what, string advice) => new(FindingLevel.Warning, check, what, advice);

    public static Finding Problem(string check, string what, string advice) => new(FindingLevel.Problem, check, what, advice);

    public static Finding Problem(string check, Failure failure) => new(FindingLevel.Problem, check, failure.What, failure.Advice);
}
