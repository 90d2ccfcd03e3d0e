using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Remote.Tests.Messaging;
using Wire = Remote.Protocol;

namespace Remote.Tests.Golden;

/// <summary>
/// Bytes that protoc made of text files: both dialects of targets, and both directions. Nothing of ours had a hand in
/// them, so they say what the protocol is.
/// </summary>
[Trait("Behaviour", "Z-03")]
public class GoldenBytesTests
{
    private static readonly TimeSpan ProtocLimit = TimeSpan.FromSeconds(60);

    private static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Golden");

    public static TheoryData<string, bool> Batches()
    {
        var data = new TheoryData<string, bool>();
        foreach (var golden in GoldenCase.All)
        {
            data.Add(golden.Name, false);
            data.Add(golden.Name, true);
        }

        return data;
    }

    public static TheoryData<string> TextFiles() =>
        [.. Directory.GetFiles(Folder, "*.txtpb", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder, path))];

    [Theory]
    [MemberData(nameof(Batches))]
    public void Encode_GoldenMessages_AreTheGoldenBytes(string name, bool pidTargets)
    {
        var golden = Find(name);
        using var encoder = new BatchEncoder(GoldenCase.Registry, new EncodeLimits());
        encoder.Begin(golden.Outbound(pidTargets));
        foreach (var delivery in golden.Deliveries)
        {
            Assert.Equal(EncodeStatus.Added, encoder.TryAdd(delivery).Status);
        }

        var batch = encoder.Finish(golden.Sequence, isPriority: golden.IsPriority);
        Assert.Equal(Convert.ToHexString(Bytes(name, pidTargets)), Convert.ToHexString(batch.Memory.Span));
    }

    [Theory]
    [MemberData(nameof(Batches))]
    public void Decode_GoldenBytes_AreTheGoldenMessages(string name, bool pidTargets)
    {
        var golden = Find(name);
        var sink = new RecordingSink();
        new BatchDecoder(GoldenCase.Registry, golden.Inbound).Decode(Bytes(name, pidTargets), sink);
        var dialect = pidTargets ? TargetDialect.Pids : TargetDialect.Strings;
        Assert.Equal([new BatchInfo(golden.Deliveries.Length, golden.Sequence, dialect, 0) { IsPriority = golden.IsPriority }], sink.Batches);
        Assert.Empty(sink.Refused);
        for (var index = 0; index < golden.Deliveries.Length; index++)
        {
            Received.AssertSame(golden.Deliveries[index], sink.Messages[index], golden.SenderAddress);
        }
    }

    [Fact]
    public void Encode_Handshakes_AreTheGoldenBytes()
    {
        AssertFrame("connect-server", new() { ConnectRequest = Server("0123456789abcdef0123456789abcdef") });
        AssertFrame("connect-server-with-block-list", new() { ConnectRequest = Server("m1", "bad1", "bad2") });
        AssertFrame("connect-client", new() { ConnectRequest = new() { ClientConnection = new() { MemberId = "c1" } } });
        AssertFrame("connect-response", new() { ConnectResponse = new() { MemberId = "m2" } });
        AssertFrame("connect-response-blocked", new() { ConnectResponse = new() { MemberId = "m2", Blocked = true } });
        AssertFrame("disconnect", new() { DisconnectRequest = new() });
    }

    /// <summary>The checked-in bytes are still what protoc makes of the checked-in text.</summary>
    [Theory]
    [MemberData(nameof(TextFiles))]
    public async Task Bytes_EncodedAgainByProtoc_AreTheSame(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var (type, schema) = folder switch
        {
            "frames" => ("remote.RemoteMessage", "remote.proto"),
            "admin" => ($"remote.admin.{Path.GetFileName(path).Split('.')[0]}", "remote_admin.proto"),
            _ => ($"golden.{folder}.RemoteMessage", Path.Combine(Folder, folder, "schema.proto")),
        };
        var expected = await EncodeAsync(type, schema, Path.Combine(Folder, path));
        var actual = await File.ReadAllBytesAsync(Path.Combine(Folder, Path.ChangeExtension(path, ".bin")));
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(actual));
    }

    [Fact]
    public void TextFiles_EachHasItsCase() => Assert.Equal(
        GoldenCase.All.Select(golden => golden.Name).Order(StringComparer.Ordinal),
        Directory.GetFiles(Path.Combine(Folder, "pids"), "*.txtpb").Select(path => Path.GetFileNameWithoutExtension(path)!)
            .Order(StringComparer.Ordinal));

    private static async Task<byte[]> EncodeAsync(string type, string schema, string textFile)
    {
        var protos = Path.Combine(Folder, "schema");
        var start = new ProcessStartInfo(Protoc())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "-I", protos, "-I", Path.GetDirectoryName(textFile)!, "-I", Path.Combine(Tools(), "build", "native", "include"), $"--encode={type}", schema },
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(await File.ReadAllTextAsync(textFile)).WaitAsync(ProtocLimit);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output).WaitAsync(ProtocLimit);
        await process.WaitForExitAsync().WaitAsync(ProtocLimit);
        Assert.True(process.ExitCode == 0, $"protoc on {textFile}: {await errors}");
        return output.ToArray();
    }

    private static string Tools() => typeof(GoldenBytesTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "GrpcToolsPath").Value!;

    private static string Protoc()
    {
        var platform = OperatingSystem.IsWindows() ? "windows_x64"
            : OperatingSystem.IsMacOS() ? "macosx_universal"
            : RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux_arm64" : "linux_x64";
        return Path.Combine(Tools(), "tools", platform, OperatingSystem.IsWindows() ? "protoc.exe" : "protoc");
    }

    private static GoldenCase Find(string name) => GoldenCase.All.Single(golden => golden.Name == name);

    private static byte[] Bytes(string name, bool pidTargets) =>
        File.ReadAllBytes(Path.Combine(Folder, pidTargets ? "pids" : "strings", name + ".bin"));

    private static Wire.ConnectRequest Server(string memberId, params string[] blockList) => new()
    {
        ServerConnection = new() { MemberId = memberId, Address = ModelEncoder.Own, BlockList = { blockList } },
    };

    private static void AssertFrame(string name, Wire.RemoteMessage message)
    {
        var bytes = File.ReadAllBytes(Path.Combine(Folder, "frames", name + ".bin"));
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(message.ToByteArray()));
        Assert.False(RemoteFrame.IsBatch(bytes, out var parsed));
        Assert.Equal(message, parsed);
    }
}
