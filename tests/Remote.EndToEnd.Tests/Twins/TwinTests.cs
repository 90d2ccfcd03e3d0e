namespace Remote.EndToEnd.Tests;

/// <summary>
/// Programs written against Proto.Remote, built once with it and once with Remote. They print what their users would see, and must print
/// and return the same.
/// </summary>
[Trait("Behaviour", "I-01")]
public sealed class TwinTests
{
    public static TheoryData<string> Programs => ["Exchange", "PushClient", "WatchAndBlock"];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Program_OnProtoRemoteAndOnRemote_PrintsAndReturnsTheSame(string program)
    {
        await using var theirs = TwinProgram.Start(program, TwinProgram.OnProtoRemote);
        await using var ours = TwinProgram.Start(program, TwinProgram.OnRemote);

        var (expected, actual) = (await theirs.WaitForExitAsync(), await ours.WaitForExitAsync());

        Assert.Equal((0, ""), (expected.ExitCode, expected.Errors));
        Assert.NotEmpty(expected.Output);
        Assert.Equal(expected, actual);
    }

    /// <summary>The other half of the promise: both are one program.</summary>
    [Theory]
    [MemberData(nameof(Programs))]
    [InlineData("Losses")]
    public void Program_OnProtoRemoteAndOnRemote_DiffersInOneUsing(string program)
    {
        var theirs = Project(program, TwinProgram.OnProtoRemote);
        var ours = Project(program, TwinProgram.OnRemote).Where(line => !line.Contains("<ProjectReference ", StringComparison.Ordinal));

        Assert.Equal(theirs.Select(line => line.Replace("Proto.Remote.GrpcNet", "Remote", StringComparison.Ordinal)), ours);
        Assert.All(
            Directory.GetFiles(TwinProgram.FolderOf(program), "*.cs"),
            source => Assert.DoesNotMatch("#if|GrpcNet|using Remote", File.ReadAllText(source)));
    }

    /// <summary>The project of a build, which is all that its folder holds.</summary>
    private static string[] Project(string program, string build) =>
        File.ReadAllLines(Assert.Single(Directory.GetFiles(Path.Combine(TwinProgram.FolderOf(program), build))));
}
