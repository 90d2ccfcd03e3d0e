using FsCheck;
using FsCheck.Fluent;

namespace Remote.Transport.Tests;

public sealed class GrpcStatusTextTests
{
    [Theory]
    [InlineData("plain text, with punctuation!", "plain text, with punctuation!")]
    [InlineData("100%", "100%25")]
    [InlineData("a\nb", "a%0Ab")]
    [InlineData("Größe", "Gr%C3%B6%C3%9Fe")]
    [InlineData("\U0001F600", "%F0%9F%98%80")]
    [Trait("Behaviour", "T-02")]
    public void Encode_Text_EscapesWhatHeadersCannotCarry(string text, string expected)
    {
        Assert.Equal(expected, GrpcStatusText.Encode(text));
        Assert.Equal(text, GrpcStatusText.Decode(expected));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz", "%zz")]
    [InlineData("%41%", "A%")]
    [InlineData("%c3%B6", "ö")]
    [InlineData("%FF", "\uFFFD")]
    [Trait("Behaviour", "T-02")]
    public void Decode_BrokenText_KeepsWhatItCannotRead(string text, string expected) => Assert.Equal(expected, GrpcStatusText.Decode(text));

    [Fact]
    public void Decode_Encoded_IsTheText() =>
        Prop.ForAll<NonNull<string>>(text =>
        {
            string clean = new([.. text.Get.Where(c => !char.IsSurrogate(c))]);
            string encoded = GrpcStatusText.Encode(clean);
            return GrpcStatusText.Decode(encoded) == clean && encoded.All(c => c is >= ' ' and <= '~');
        }).Check(SeededConfig.Times(100));
}
