namespace Remote.Repository.Tests;

/// <summary>Files that a test compares are rewritten, instead of compared, when a person says so.</summary>
internal static class Approval
{
    public const string HowTo =
        "If that is meant: REMOTE_APPROVE=1 dotnet test tests/Remote.Repository.Tests, and commit what it changed.";

    public static bool IsGiven { get; } = Environment.GetEnvironmentVariable("REMOTE_APPROVE") == "1";
}
