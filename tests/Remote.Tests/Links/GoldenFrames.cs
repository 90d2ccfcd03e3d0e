namespace Remote.Tests.Links;

/// <summary>The messages that protoc made.</summary>
internal static class GoldenFrames
{
    internal static byte[] Read(string name) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "frames", name + ".bin"));

    internal static void AssertSame(string name, ReadOnlySpan<byte> message) =>
        Assert.Equal(Convert.ToHexString(Read(name)), Convert.ToHexString(message));
}
