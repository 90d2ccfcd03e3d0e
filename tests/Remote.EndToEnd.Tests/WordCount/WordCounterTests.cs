using System.Text;
using WordCount;

namespace Remote.EndToEnd.Tests;

public sealed class WordCounterTests
{
    [Fact]
    public void Add_LettersAndDigitsBetweenSigns_CountsMaximalRuns()
    {
        Assert.Equal("a=1 b2=2 c_d=0 c=1 d=1 don=1 t=1", Count("a b2 c_d, (b2) don't", "a", "b2", "c_d", "c", "d", "don", "t"));
    }

    [Fact]
    public void Add_UpperCase_IsLowered()
    {
        Assert.Equal("word=3 straße=1 ώρα=2 \U00010428=2", Count("Word WORD word Straße ΏΡΑ ώρα \U00010400 \U00010428", "word", "straße", "ώρα", "\U00010428"));
    }

    [Fact]
    public void Add_EveryRune_AgreesWithTheDefinition()
    {
        // Each rune once between two letters: it is part of the word, or it cuts it.
        foreach (var rune in Enumerable.Range(1, 0x10FFFF).Where(Rune.IsValid).Select(value => new Rune(value)))
        {
            var counter = new WordCounter();
            counter.Add(Encoding.UTF8.GetBytes($"x{rune}y"));

            string[] expected = Rune.IsLetterOrDigit(rune) ? [$"x{Rune.ToLowerInvariant(rune)}y"] : ["x", "y"];
            Assert.True(expected.SequenceEqual(counter.Counts.Keys), $"U+{rune.Value:X4} gave {string.Join(" ", counter.Counts.Keys)}");
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98 })]
    [InlineData(new byte[] { 0xC0, 0xAF })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    public void Add_InvalidBytes_CutTheWord(byte[] invalid)
    {
        var counter = new WordCounter();
        counter.Add([(byte)'a', .. invalid, (byte)'b']);
        counter.Add([(byte)'c', .. invalid]);

        Assert.Equal(["a", "b", "c"], counter.Counts.Keys);
    }

    [Fact]
    public void Add_NothingOrSignsOnly_CountsNothing()
    {
        var counter = new WordCounter();
        counter.Add([]);
        counter.Add(" .,\n\t\uFEFF"u8);

        Assert.Empty(counter.Counts);
    }

    private static string Count(string text, params string[] words)
    {
        var counter = new WordCounter();
        counter.Add(Encoding.UTF8.GetBytes(text));
        return string.Join(" ", words.Select(word => $"{word}={counter.Counts.GetValueOrDefault(word)}"));
    }
}
