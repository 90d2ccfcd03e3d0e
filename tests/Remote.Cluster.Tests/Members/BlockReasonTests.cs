using System.Reflection;
using System.Text;
using Proto.Cluster;

namespace Remote.Cluster.Tests;

/// <summary>Right after a standstill some words of Proto.Cluster are believed (decision page 0030). A version with other words has to be noticed.</summary>
[Trait("Behaviour", "K-03")]
public sealed class BlockReasonTests
{
    public static TheoryData<string> Words =>
    [
        .. typeof(ReliableRemote).Assembly.GetType("Remote.BlockReason", throwOnError: true)!
            .GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(constant => (string)constant.GetRawConstantValue()!),
    ];

    [Theory]
    [MemberData(nameof(Words))]
    public void Word_IsOneOfProtoClusters(string word)
    {
        var assembly = File.ReadAllBytes(typeof(MemberList).Assembly.Location);

        // A literal in the assembly is UTF-16 behind a length and in front of a byte of flags: no longer text that has the word in it will do.
        var text = Encoding.Unicode.GetBytes(word);
        byte[] literal = [(byte)(text.Length + 1), .. text, 0];

        Assert.True(assembly.AsSpan().IndexOf(literal) >= 0, $"Proto.Cluster {typeof(MemberList).Assembly.GetName().Version} does not say \"{word}\".");
    }
}
