using System.Text.Json;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>What peers choose is part of a line, and no more than that.</summary>
[Trait("Behaviour", "Z-02")]
public sealed class LogTextTests
{
    [Theory]
    [InlineData("a name", "a name")]
    [InlineData("größe 🙂", "größe 🙂")]
    [InlineData("a\r\nforged: entry", "a  forged: entry")]
    [InlineData("\u001b[2Jgone", " [2Jgone")]
    [InlineData("a\u0085b\u2028c\u2029d\u007fe\0", "a b c d e ")]
    public void Clean_TextOfOthers_IsOneLine(string text, string expected) => Assert.Equal(expected, LogText.Clean(text));

    [Fact]
    public void Clean_EndlessText_IsCutAndSaysSo()
    {
        var cut = LogText.Clean(new string('x', 1_000_000));

        Assert.InRange(cut.Length, LogText.MaxLength, LogText.MaxLength + 50);
        Assert.EndsWith("(1000000 characters)", cut, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LogText.MaxDetail, false)]
    [InlineData(LogText.MaxDetail + 1, true)]
    [InlineData(1_000_000, true)]
    public void Detail_HasItsLength_AndIsNotCutTwice(int length, bool isCut)
    {
        var text = "a\n" + new string('x', length - 2);

        var detail = LogText.Detail(text);

        Assert.InRange(detail.Length, 1, LogText.MaxDetail);
        Assert.Equal(isCut, detail.EndsWith($"... ({length} characters)", StringComparison.Ordinal));
        Assert.StartsWith("a\nx", detail, StringComparison.Ordinal);
        Assert.Equal(detail, LogText.Detail(detail));
    }

    [Fact]
    public async Task Log_NameWithALineBreak_WritesOneLine()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network);
        await using var peer = await PlayedDialler.DialAsync(network, node.Address);
        var batch = PlayedDialler.Batch("sink", new Messages.Nothing());
        batch.MessageBatch.TypeNames[0] = "x\nError Remote forged: the node is on fire";
        await peer.SendAsync(PlayedDialler.Request(new string('a', 32), "peer:1"), batch);

        var line = await node.Log.NextAsync("EnvelopeRefused");
        Assert.DoesNotContain('\n', line.Text);
        Assert.Contains("x Error Remote forged", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Withheld_ExceptionOfAParser_KeepsTypesAndPlaceAndNotTheText()
    {
        var error = Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Dictionary<string, int>>("""{"s3cr3t":"s3cr3t"}"""));
        var withheld = WithheldException.Of(new InvalidOperationException("s3cr3t", error))!;

        Assert.DoesNotContain("s3cr3t", $"{withheld} {withheld.Message} {withheld.InnerException}", StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException, caused by System.Text.Json.JsonException (line 0, byte ", withheld.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(JsonSerializer), WithheldException.Of(error)!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Withheld_ExceptionOfOurs_IsItself()
    {
        var ours = new UnknownSerializerException(7);

        Assert.Same(ours, WithheldException.Of(ours));
        Assert.Null(WithheldException.Of(null));
    }
}
