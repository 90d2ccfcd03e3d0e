using WordCount;

namespace Remote.EndToEnd.Tests;

public sealed class CorpusReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ReadAsync_SeveralFiles_GivesTheirChunksWithRisingIdsAndTheirSizes()
    {
        _folder.Write("a.txt", "one two");
        _folder.Write("b/c.txt", "three");
        _folder.Write("d.txt", "");

        var items = await ReadAsync();

        Assert.Equal(["one two", "three"], items.OfType<Chunk>().Select(chunk => chunk.Text.ToStringUtf8()));
        Assert.Equal([1, 2], items.OfType<Chunk>().Select(chunk => chunk.Id));
        Assert.Equal(
            [new FileRead("a.txt", 7), new FileRead("d.txt", 0), new FileRead("b/c.txt", 5)],
            items.OfType<FileRead>());
    }

    [Fact]
    public async Task ReadAsync_FileWithByteOrderMark_CountsItsBytesButNotAsText()
    {
        _folder.Write("a.txt", [0xEF, 0xBB, 0xBF, (byte)'a']);

        var items = await ReadAsync();

        Assert.Equal("a", Assert.Single(items.OfType<Chunk>()).Text.ToStringUtf8());
        Assert.Equal(4, Assert.Single(items.OfType<FileRead>()).Bytes);
    }

    [Fact]
    public async Task ReadAsync_NulByteAtTheEndOfALargeFile_SkipsAllOfIt()
    {
        _folder.Write("large", [.. Enumerable.Repeat((byte)' ', 300_000), 0]);
        _folder.Write("text", "word");

        var items = await ReadAsync();

        var skipped = Assert.Single(items.OfType<FileSkipped>());
        Assert.Equal(("large", 300_001), (skipped.Name, skipped.Bytes));
        Assert.Contains("NUL", skipped.Reason, StringComparison.Ordinal);
        Assert.Equal("word", Assert.Single(items.OfType<Chunk>()).Text.ToStringUtf8());
    }

    [Fact]
    public async Task ReadAsync_FileThatIsGone_IsSkippedWithTheReasonAndTheOthersAreRead()
    {
        _folder.Write("text", "word");
        var found = TextFileFinder.Find(_folder.Path).Files;
        FoundFile[] files = [new(_folder.Of("gone"), "gone", 10), .. found];

        var items = await ReadAsync(files);

        var skipped = Assert.Single(items.OfType<FileSkipped>());
        Assert.Equal("gone", skipped.Name);
        Assert.StartsWith("cannot be read: ", skipped.Reason, StringComparison.Ordinal);
        Assert.Single(items.OfType<FileRead>());
    }

    [Fact]
    public async Task WhyNotTextAsync_AWordLargerThanMemoryShouldHold_IsNoText()
    {
        Assert.Null(await TextProbe.WhyNotTextAsync(new RepeatingStream((byte)'x', TextProbe.LongestStretch)));
        Assert.NotNull(await TextProbe.WhyNotTextAsync(new RepeatingStream((byte)'x', TextProbe.LongestStretch + 1)));
        Assert.Null(await TextProbe.WhyNotTextAsync(new RepeatingStream((byte)' ', TextProbe.LongestStretch + 1)));
    }

    [Fact]
    public async Task CountAsync_AllRules_AgreesWithTheCounter()
    {
        var random = new Random(7);
        byte[] alphabet = [.. "aB1 "u8, .. "éÀ。\U00010400"u8, 0xFF, 0x0A];
        var bytes = Enumerable.Range(0, 400_000).Select(_ => alphabet[random.Next(alphabet.Length)]).ToArray();
        _folder.Write("random", [0xEF, 0xBB, 0xBF, .. bytes]);
        var counter = new WordCounter();
        counter.Add(bytes);

        var verified = await Verification.CountAsync(TextFileFinder.Find(_folder.Path).Files);

        Assert.Equal(counter.Counts.OrderBy(c => c.Key, StringComparer.Ordinal), verified.Counts.OrderBy(c => c.Key, StringComparer.Ordinal));
    }

    private Task<List<CorpusItem>> ReadAsync() => ReadAsync(TextFileFinder.Find(_folder.Path).Files);

    private static async Task<List<CorpusItem>> ReadAsync(IReadOnlyList<FoundFile> files)
    {
        var items = new List<CorpusItem>();
        await foreach (var item in CorpusReader.ReadAsync(files))
        {
            items.Add(item);
        }

        return items;
    }

    private sealed class RepeatingStream(byte value, long length) : MemoryStream
    {
        private long _left = length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(_left, buffer.Length);
            buffer.Span[..count].Fill(value);
            _left -= count;
            return ValueTask.FromResult(count);
        }
    }
}
