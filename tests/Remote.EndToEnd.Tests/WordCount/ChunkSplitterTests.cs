using System.Text;
using WordCount;

namespace Remote.EndToEnd.Tests;

public sealed class ChunkSplitterTests
{
    [Theory]
    [InlineData("one two three four five six seven")]
    [InlineData("одно два три четыре пять шесть семь")]
    [InlineData("一二、三四。五六！七八九　十")]
    [InlineData("\U00010400\U00010401 \U00010402\U00010403\U00010404 \U00010405")]
    [InlineData("ab\u0301cd\u0301ef\u0301gh\u0301ij\u0301kl")]
    [InlineData("a-word-and-averyverylongwordthatisnotcut-and-more")]
    [InlineData("averyverylongwordfromthebeginningtotheendofthetext")]
    [InlineData("        ")]
    [InlineData("")]
    public async Task SplitAsync_EveryChunkSize_KeepsEveryWordWhole(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var size = 1; size <= bytes.Length + 1; size++)
        {
            await AssertSameWords(bytes, size);
        }
    }

    [Fact]
    public async Task SplitAsync_InvalidBytesAtEveryBorder_KeepsEveryWordWhole()
    {
        byte[] bytes = [.. "abc"u8, 0xFF, .. "def"u8, 0xE2, 0x82, .. "gé"u8, 0xF0, 0x9F, 0xC3, .. "hé"u8, 0x80, 0x80, 0x80, 0x80, .. "i"u8, 0xE2, 0x82];
        for (var size = 1; size <= bytes.Length + 1; size++)
        {
            await AssertSameWords(bytes, size);
        }
    }

    [Fact]
    public async Task SplitAsync_RandomBytes_KeepsEveryWordWhole()
    {
        var random = new Random(20261120);
        byte[] alphabet = [.. "ab "u8, .. "é。\U00010400"u8, 0xFF];
        for (var round = 0; round < 500; round++)
        {
            var bytes = Enumerable.Range(0, random.Next(60)).Select(_ => alphabet[random.Next(alphabet.Length)]).ToArray();
            await AssertSameWords(bytes, random.Next(1, 20));
        }
    }

    [Fact]
    public async Task SplitAsync_OrdinaryText_KeepsToTheSize()
    {
        var text = Encoding.UTF8.GetBytes(string.Join(" ", Enumerable.Range(0, 100_000)));

        var chunks = await SplitAsync(text, Chunk.UsualBytes);

        Assert.All(chunks, chunk => Assert.InRange(chunk.Length, 1, Chunk.UsualBytes));
        Assert.All(chunks.SkipLast(1), chunk => Assert.InRange(chunk.Length, Chunk.UsualBytes - 10, Chunk.UsualBytes));
    }

    [Fact]
    public async Task SplitAsync_ScriptWithoutAsciiSigns_KeepsToTheSize()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("词语和句子。", 50_000)));

        Assert.All(await SplitAsync(text, Chunk.UsualBytes), chunk => Assert.InRange(chunk.Length, 1, Chunk.UsualBytes));
    }

    [Fact]
    public async Task SplitAsync_WordLongerThanAChunk_ComesWholeAndTheRestInUsualSize()
    {
        var giant = new string('x', 300_000);
        var text = Encoding.UTF8.GetBytes($"before {giant} {string.Join(" ", Enumerable.Range(0, 300_000))}");

        var chunks = await SplitAsync(text, Chunk.UsualBytes);

        var oversized = Assert.Single(chunks, chunk => chunk.Length > Chunk.UsualBytes);
        var counter = new WordCounter();
        counter.Add(oversized);
        Assert.Equal(1, counter.Counts[giant]);
        await AssertSameWords(text, Chunk.UsualBytes);
    }

    [Fact]
    public async Task SplitAsync_ByteOrderMark_IsDroppedAtTheStartOnly()
    {
        var text = Encoding.UTF8.GetBytes("\uFEFFone\uFEFFtwo");

        foreach (var size in new[] { 3, 4, 100 })
        {
            var all = (await SplitAsync(text, size)).SelectMany(chunk => chunk).ToArray();
            Assert.Equal(Encoding.UTF8.GetBytes("one\uFEFFtwo"), all);
        }
    }

    [Fact]
    public async Task SplitAsync_StreamThatGivesLittleAtATime_GivesFullChunks()
    {
        var text = Encoding.UTF8.GetBytes(string.Join(" ", Enumerable.Range(0, 1000)));

        var slow = new List<byte[]>();
        await foreach (var chunk in ChunkSplitter.SplitAsync(new TricklingStream(text), 100))
        {
            slow.Add(chunk.ToByteArray());
        }

        Assert.Equal(await SplitAsync(text, 100), slow);
    }

    private static async Task AssertSameWords(byte[] text, int size)
    {
        var expected = new WordCounter();
        expected.Add(text);

        var actual = new WordCounter();
        var chunks = await SplitAsync(text, size);
        chunks.ForEach(chunk => actual.Add(chunk));

        var cuts = $"size {size}: {string.Join(" | ", chunks.Select(Convert.ToHexString))}";
        Assert.True(expected.Counts.OrderBy(c => c.Key, StringComparer.Ordinal).SequenceEqual(actual.Counts.OrderBy(c => c.Key, StringComparer.Ordinal)), cuts);
        Assert.True(text.SequenceEqual(chunks.SelectMany(chunk => chunk)), cuts);
    }

    private static async Task<List<byte[]>> SplitAsync(byte[] text, int size)
    {
        var chunks = new List<byte[]>();
        await foreach (var chunk in ChunkSplitter.SplitAsync(new MemoryStream(text), size))
        {
            chunks.Add(chunk.ToByteArray());
        }

        return chunks;
    }

    private sealed class TricklingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(7, buffer.Length)], cancellationToken);
    }
}
