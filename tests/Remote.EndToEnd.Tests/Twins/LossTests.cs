using Xunit.Abstractions;

namespace Remote.EndToEnd.Tests;

/// <summary>
/// What goes lost with Proto.Remote and does not with Remote: the figures of docs/coming-from-proto-remote.md. The default run looks at the
/// one that takes seconds. Ours are asserted for all of them, theirs where they do not depend on luck, so that the page stays true.
/// </summary>
public sealed class LossTests(ITestOutputHelper output)
{
    // Above what the reproductions bound themselves to.
    private static readonly TimeSpan Ceiling = TimeSpan.FromMinutes(5);

    /// <summary>Each reproduction, and lines that it must print: built with Remote, built with Proto.Remote.</summary>
    public static TheoryData<string, string[], string[]> Reproductions
    {
        get
        {
            var all = new TheoryData<string, string[], string[]>
            {
                {
                    "unserializable",
                    ["arrived: 99", "reported: 1", "lost without a word: 0", "one sent later arrived: True"],
                    ["arrived: 0", "reported: 0", "lost without a word: 100"]
                },
            };
            if (TestScale.IsLong)
            {
                all.Add("lost-node", ["the node was found lost: True", "told: AddressTerminated"], ["told: nothing"]);
                all.Add("stopped-reader", ["reported: what did not fit", "memory: bounded"], ["reported: none", "memory: unbounded"]);
                all.Add(
                    "cut",
                    [
                        "sent: 500000, with 10 cuts of the connection", "arrived: 500000, and 0 a second time", "reported: 0",
                        "lost without a word: 0",
                    ],
                    []);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Reproductions))]
    [Trait("Behaviour", "E-06")]
    [Trait("Behaviour", "W-01")]
    [Trait("Behaviour", "B-05")]
    public async Task Reproduction_OnRemote_LosesNothingInSilence_AndOnProtoRemoteItStillDoes(string name, string[] ours, string[] theirs)
    {
        await using var onRemote = TwinProgram.Start("Losses", TwinProgram.OnRemote, name);
        await using var onProtoRemote = TwinProgram.Start("Losses", TwinProgram.OnProtoRemote, name);

        await VerifyAsync(onRemote, ours);
        await VerifyAsync(onProtoRemote, theirs);
    }

    private async Task VerifyAsync(NodeProcess program, string[] expected)
    {
        var (exitCode, printed, _) = await program.WaitForExitAsync(Ceiling);
        output.WriteLine(program.Describe());
        Assert.True(exitCode == 0, program.Describe());
        Assert.Equal(expected, printed.Split('\n').Where(line => expected.Any(other => Label(other) == Label(line))));
    }

    private static string Label(string line) => line.Split(':')[0];
}
