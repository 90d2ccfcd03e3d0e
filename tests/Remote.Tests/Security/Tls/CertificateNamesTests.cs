using System.Net;

namespace Remote.Tests;

/// <summary>Which names a certificate has, and which entries of the options stand for them.</summary>
[Trait("Behaviour", "O-07")]
public sealed class CertificateNamesTests
{
    private static readonly TestAuthority Authority = new();

    [Theory]
    [InlineData("node1.shop.example", true)]
    [InlineData("NODE1.shop.example", true)]
    [InlineData("node2.shop.example", false)]
    [InlineData("*.shop.example", true)]
    [InlineData("*.example", false)]
    [InlineData("shop.example", false)]
    [InlineData("a.pods.example", true)]
    [InlineData("a.b.pods.example", false)]
    [InlineData("10.0.0.7", true)]
    [InlineData("10.0.0.8", false)]
    [InlineData("fd00::7", true)]
    [InlineData("fd00:0::7", true)]
    [InlineData("spiffe://shop.example/node/1", true)]
    [InlineData("spiffe://shop.example/node/2", false)]
    [InlineData("spiffe://shop.example/node/*", true)]
    [InlineData("spiffe://shop.example/*", true)]
    [InlineData("spiffe://shop.example/nod/*", false)]
    [InlineData("spiffe://other.example/node/*", false)]
    [InlineData("remote:5f0c", true)]
    [InlineData("remote:5f0", false)]
    [InlineData("common", false)]
    public void Entry_StandsForANameOfTheCertificate(string entry, bool matches)
    {
        var wish = new CertificateWish
        {
            Name = "common",
            Hosts = ["node1.shop.example", "*.pods.example"],
            Addresses = [IPAddress.Parse("10.0.0.7"), IPAddress.Parse("fd00::7")],
            Uris = ["spiffe://shop.example/node/1", "remote:5f0c"],
        };
        using var certificate = Authority.Issue(wish);
        var names = new CertificateNames(certificate);

        Assert.True(CertificateNames.IsName(entry));
        Assert.Equal(matches, names.Match(entry));
        Assert.Equal("5f0c", names.SystemId);
        Assert.Equal("DNS:node1.shop.example, DNS:*.pods.example, IP:10.0.0.7, IP:fd00::7, URI:spiffe://shop.example/node/1, URI:remote:5f0c", names.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("node1:8000")]
    [InlineData("*")]
    [InlineData("*.*.example")]
    [InlineData("a b")]
    [InlineData("spiffe://a b")]
    public void Entry_ThatNoCertificateCanHave_IsNone(string entry) => Assert.False(CertificateNames.IsName(entry));

    [Fact]
    public void NodeWithoutNames_HasNone()
    {
        using var certificate = Authority.Issue(new CertificateWish { Name = "localhost", Hosts = [], Addresses = [] });
        var names = new CertificateNames(certificate);

        Assert.True(names.IsEmpty);
        Assert.False(names.Cover("localhost"));
        Assert.False(names.Cover("not_a_name"));
        Assert.Equal("none", names.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Note_IsReadAsItWasWritten(bool byClient)
    {
        var note = RefusalNote.Of("because\nof\u0007 that \u00e9", byClient);

        Assert.Equal("because?of? that ?", RefusalNote.Read(note, byClient));
        Assert.Null(RefusalNote.Read(note, !byClient));
        for (var length = 0; length < note.Length; length++)
        {
            Assert.Null(RefusalNote.Read(note.AsSpan(0, length), byClient));
        }

        Assert.Equal(PrintableText.MaxLength, RefusalNote.Read(RefusalNote.Of(new string('x', 5000), byClient), byClient)!.Length);
    }

    [Fact]
    public void Note_OfAWebServerThatJustStops_IsNone()
    {
        var goodbye = RefusalNote.Of("", byClient: false);
        goodbye[9 + 9 + 7] = 0;

        Assert.Null(RefusalNote.Read(goodbye, byClient: false));
    }
}
