using System.Text;
using Google.Protobuf;
using WordCount;

namespace Remote.EndToEnd.Tests;

public sealed class ChunkAnswerTests
{
    private const int SmallestMessageLimit = 4 * 1024 * 1024;

    [Fact]
    public void To_Chunk_NamesTheWorkerAndTheChunkAndEveryWord()
    {
        var answer = ChunkAnswer.To(new CountChunk { Worker = 3, Chunk = 17, Text = ByteString.CopyFromUtf8("b a B") });

        Assert.Equal((3, 17), (answer.Worker, answer.Chunk));
        Assert.Equal(["b", "a"], answer.Words);
        Assert.Equal([2, 1], answer.Counts);
    }

    [Fact]
    public void To_ChunkOfNothingButDifferentShortWords_IsFarBelowTheMessageLimit()
    {
        // Ⱥ takes two bytes and its lower case three: nothing makes an answer longer in proportion to its chunk.
        var letters = "ȺȾabcdefghijklmnopqrstuvwxyz0123456789".EnumerateRunes().Select(rune => rune.ToString()).ToArray();
        var words = letters.Concat(letters.SelectMany(_ => letters, string.Concat))
            .Concat(letters.SelectMany(_ => letters, string.Concat).SelectMany(_ => letters, string.Concat));
        var text = Encoding.UTF8.GetBytes(string.Join(" ", words));
        Assert.True(text.Length > Chunk.UsualBytes, "the text must fill a chunk");

        var answer = ChunkAnswer.To(new CountChunk { Text = ByteString.CopyFrom(text.AsSpan(0, Chunk.UsualBytes)) });

        Assert.InRange(answer.CalculateSize(), Chunk.UsualBytes, SmallestMessageLimit / 16);
    }

    [Fact]
    public void To_LargestSingleWord_IsFarBelowTheMessageLimit()
    {
        var word = string.Concat(Enumerable.Repeat("Ⱥ", Chunk.UsualBytes / 2));

        var answer = ChunkAnswer.To(new CountChunk { Text = ByteString.CopyFromUtf8(word) });

        Assert.InRange(answer.CalculateSize(), Chunk.UsualBytes, SmallestMessageLimit / 16);
    }
}
