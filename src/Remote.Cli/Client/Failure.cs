namespace Remote.Cli;

/// <summary>Why the tool could not do what was asked, for a person and for a script.</summary>
/// <param name="ExitCode">One of <see cref="Cli.ExitCode"/>.</param>
/// <param name="Code">The same as a word: the <c>code</c> of <c>--json</c>.</param>
/// <param name="What">One sentence with the address in it.</param>
/// <param name="Advice">What to do about it; may be empty.</param>
internal sealed record Failure(int ExitCode, string Code, string What, string Advice)
{
    public static Failure Usage(string what, string advice = "") => new(Cli.ExitCode.Usage, "usage", what, advice);

    public static Failure Unreachable(string what, string advice) => new(Cli.ExitCode.Unreachable, "unreachable", what, advice);

    public static Failure Refused(string what, string advice) => new(Cli.ExitCode.Refused, "refused", what, advice);

    public static Failure NotFound(string what, string advice) => new(Cli.ExitCode.NotFound, "not-found", what, advice);

    public static Failure Unsupported(string what, string advice) => new(Cli.ExitCode.Unsupported, "unsupported", what, advice);

    public static Failure Failed(string what, string advice) => new(Cli.ExitCode.Failed, "failed", what, advice);
}

/// <summary>Ends a command with a <see cref="Cli.Failure"/>.</summary>
internal sealed class FailureException(Failure failure, Exception? cause = null) : Exception(failure.What, cause)
{
    public Failure Failure { get; } = failure;
}
