namespace Remote.Transport.Tests;

public sealed class GrpcMethodsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/Method")]
    [InlineData("Service/Method")]
    [InlineData("/Service/")]
    [InlineData("//Method")]
    [InlineData("/a/b/c")]
    [InlineData("/Service/Me thod")]
    [InlineData("/Service/Method?x")]
    [InlineData("/Service/%4dethod")]
    [InlineData("/Service/{method}")]
    public void Add_WhatIsNoMethodPath_Throws(string path) =>
        Assert.Throws<ArgumentException>(() => new GrpcMethods().Add(path, _ => Task.CompletedTask));

    [Fact]
    public void Add_TheSamePathTwice_Throws()
    {
        GrpcMethods methods = new GrpcMethods().Add("/a.B/C", _ => Task.CompletedTask);

        Assert.Throws<ArgumentException>(() => methods.Add("/a.B/C", _ => Task.CompletedTask));
        methods.Add("/a.B/c", _ => Task.CompletedTask);
        Assert.Equal(2, methods.Paths.Count);
    }
}
