using System.Globalization;
using System.Text;
using WordCount;

namespace Remote.EndToEnd.Tests;

/// <summary>
/// Files of known words: they are written word by word, and counted while they are written, so that the expected numbers come
/// from no tokenizer at all. The same seed gives the same files.
/// </summary>
internal sealed class GeneratedCorpus : IDisposable
{
    public const long SmallestBytes = 64L * 1024 * 1024;

    private const int Files = 9;
    private const int Vocabulary = 20_000;

    // What stands between words: among it are signs of two to four bytes, a combining mark, and bytes that are no UTF-8.
    private static readonly byte[][] Separators =
    [
        .. new[] { " ", " ", " ", " ", "\n", ", ", ".\n", "-", "_", "'", "。", "\u00A0", "\u0301", "\U0001F600", "\uFFFD", "\uFEFF" }.Select(Encoding.UTF8.GetBytes),
        [0xFF],
        [0xE2, 0x82, (byte)' '],
        [0x80, 0x80],
    ];

    private readonly TemporaryFolder _folder = new();

    public GeneratedCorpus(int seed)
    {
        var random = new Random(seed);
        var words = Enumerable.Range(0, Vocabulary).Select(index => NewWord(index, random)).ToArray();
        var spellings = words.Select(word => new[] { Encoding.UTF8.GetBytes(word), Encoding.UTF8.GetBytes(word.ToUpperInvariant()) }).ToArray();
        var counts = new long[Vocabulary];
        for (var file = 0; file < Files; file++)
        {
            WriteFile($"{file % 3}/{file}.txt", random, spellings, counts);
        }

        Expected = new WordTotals();
        for (var index = 0; index < Vocabulary; index++)
        {
            if (counts[index] > 0)
            {
                Expected.Add(words[index], counts[index]);
            }
        }
    }

    public string Path => _folder.Path;

    public int FileCount => Files;

    public long Bytes { get; private set; }

    public WordTotals Expected { get; }

    public void Dispose() => _folder.Dispose();

    private void WriteFile(string name, Random random, byte[][][] spellings, long[] counts)
    {
        using var file = new MemoryStream();
        while (file.Length < (SmallestBytes / Files) + 1)
        {
            // Squaring makes low indexes frequent, as in a language.
            var index = (int)(Vocabulary * Math.Pow(random.NextDouble(), 2));
            counts[index]++;
            file.Write(spellings[index][random.Next(2)]);
            file.Write(Separators[random.Next(Separators.Length)]);
        }

        _folder.Write(name, file.ToArray());
        Bytes += file.Length;
    }

    // The number in its middle makes each word another one, whatever letters are drawn.
    private static string NewWord(int index, Random random)
    {
        string[] scripts = ["abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщ", "αβγδεζηθικλμνξοπρτυφχψω", "词语句子文字", "\U00010428\U00010429\U0001042A"];
        var letters = scripts[random.Next(10) < 6 ? 0 : random.Next(scripts.Length)].EnumerateRunes().ToArray();
        var word = new StringBuilder();
        for (var length = random.Next(1, 6); length > 0; length--)
        {
            word.Append(letters[random.Next(letters.Length)]);
        }

        return word.Append(index.ToString(CultureInfo.InvariantCulture)).Append(letters[random.Next(letters.Length)]).ToString();
    }
}
