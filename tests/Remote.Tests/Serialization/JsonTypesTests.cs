using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Google.Protobuf;
using Proto;
using Proto.Mailbox;
using Remote.Tests.Messages;
using Remote.Tests.Messaging;
using Wire = Remote.Protocol;

namespace Remote.Tests.Serialization;

/// <summary>What a peer may name in JSON, under each policy.</summary>
[Trait("Behaviour", "Z-01")]
[Trait("Behaviour", "Z-02")]
public class JsonTypesTests
{
    private const string Here = "Remote.Tests.Serialization";

    [Theory]
    [InlineData($"{Here}.Order, Remote.Tests")]
    [InlineData($"{Here}.Order, remote.tests")]
    [InlineData($"{Here}.Order[], Remote.Tests")]
    [InlineData($"{Here}.Wrapped`1[[{Here}.Order, Remote.Tests]], Remote.Tests")]
    [InlineData($"{Here}.Wrapped`1[[System.String, System.Private.CoreLib, Version=11.0.0.0]], Remote.Tests")]
    [InlineData($"{Here}.Wrapped`1[[System.Int32[], mscorlib]], Remote.Tests, Version=1.0.0.0")]
    [InlineData($"{Here}.Wrapped`1[[System.Nullable`1[[System.DateTime, System.Runtime]], System.Runtime]], Remote.Tests")]
    [InlineData($"{Here}.Wrapped`1[[System.Collections.Generic.List`1[[{Here}.Order, Remote.Tests]], mscorlib]], Remote.Tests")]
    [InlineData($"{Here}.JsonTypesTests+Inner, Remote.Tests")]
    public void Find_TypeOfTheApplication_IsTaken(string name) => Assert.NotNull(Type(JsonTypePolicy.Application, name));

    [Theory]
    [InlineData("System.String, System.Private.CoreLib")]
    [InlineData("System.Object, System.Private.CoreLib")]
    [InlineData("System.Uri, System.Private.Uri")]
    [InlineData("System.Diagnostics.Process, System.Diagnostics.Process")]
    [InlineData("System.IO.FileInfo, System.Private.CoreLib, Version=10.0.0.0, Culture=neutral, PublicKeyToken=7cec85d7bea7798e")]
    [InlineData("System.IO.FileInfo, mscorlib")]
    [InlineData("System.IO.FileInfo, Remote.Tests")]
    [InlineData("System.IO.FileInfo")]
    [InlineData("System.Collections.Generic.List`1[[System.String, System.Private.CoreLib]], System.Private.CoreLib")]
    [InlineData($"System.Collections.Generic.List`1[[{Here}.Order, Remote.Tests]], System.Private.CoreLib")]
    [InlineData($"{Here}.Wrapped`1[[System.IO.FileInfo, System.Private.CoreLib]], Remote.Tests")]
    [InlineData($"{Here}.Wrapped`1[[System.Collections.Generic.List`1[[System.IO.FileInfo, mscorlib]], mscorlib]], Remote.Tests")]
    [InlineData("Proto.PID, Proto.Actor")]
    [InlineData("Proto.Restart, Proto.Actor")]
    [InlineData("Proto.Mailbox.SuspendMailbox, Proto.Actor")]
    [InlineData("Proto.Remote.RemoteConfig, Proto.Remote")]
    [InlineData("Google.Protobuf.WellKnownTypes.StringValue, Google.Protobuf")]
    [InlineData("Microsoft.Extensions.Logging.LoggerFactory, Microsoft.Extensions.Logging")]
    [InlineData("Remote.RemoteOptions, Remote")]
    public void Find_TypeOfAFramework_IsRefusedAndTheOptionIsNamed(string name)
    {
        var refused = Assert.Single(Decode(JsonTypePolicy.Application, name).Refused);
        Assert.Equal(EnvelopeFault.UnknownType, refused.Fault);
        Assert.Contains("RemoteOptions.", refused.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData(", Remote.Tests")]
    [InlineData($"{Here}.Order")]
    [InlineData($"{Here}.Order, Other")]
    [InlineData($"{Here}.order, Remote.Tests")]
    [InlineData($"{Here}.NoSuch, Remote.Tests")]
    [InlineData($"{Here}.Order*, Remote.Tests")]
    [InlineData($"{Here}.Order&, Remote.Tests")]
    [InlineData($"{Here}.Order[,], Remote.Tests")]
    [InlineData($"{Here}.Wrapped`1, Remote.Tests")]
    [InlineData($"{Here}.Wrapped`1[], Remote.Tests")]
    [InlineData($"{Here}.Wrapped`1[[{Here}.Order, Remote.Tests],[{Here}.Order, Remote.Tests]], Remote.Tests")]
    [InlineData($"{Here}.Wrapped`1[[{Here}.Wrapped`1, Remote.Tests]], Remote.Tests")]
    [InlineData($"{Here}.Order[[{Here}.Order, Remote.Tests]], Remote.Tests")]
    [InlineData($"{Here}.Order, Remote.Tests, Remote.Tests")]
    [InlineData("remote.tests.NoSuch")]
    [InlineData("actor.Stop")]
    public void Find_TextThatNamesNothing_IsRefused(string name)
    {
        Assert.Equal(EnvelopeFault.UnknownType, Assert.Single(Decode(JsonTypePolicy.Application, name).Refused).Fault);
        Assert.Equal(EnvelopeFault.UnknownType, Assert.Single(Decode(JsonTypePolicy.Registered, name).Refused).Fault);
    }

    [Fact]
    public void Find_NameOfAnAssemblyThatIsNotLoaded_LoadsNothing()
    {
        var loaded = new List<string>();
        AppDomain.CurrentDomain.AssemblyLoad += Add;
        try
        {
            Type(JsonTypePolicy.Application, "System.Data.DataSet, System.Data.Common");
            Type(JsonTypePolicy.Application, $"{Here}.Wrapped`1[[System.Net.Mail.MailMessage, System.Net.Mail]], Remote.Tests");
            Type(JsonTypePolicy.Registered, "System.Xml.XmlDocument, System.Private.Xml");
        }
        finally
        {
            AppDomain.CurrentDomain.AssemblyLoad -= Add;
        }

        lock (loaded)
        {
            Assert.DoesNotContain(loaded, name => name is "System.Data.Common" or "System.Net.Mail" or "System.Private.Xml");
        }

        void Add(object? sender, AssemblyLoadEventArgs args)
        {
            lock (loaded)
            {
                loaded.Add(args.LoadedAssembly.GetName().Name!);
            }
        }
    }

    [Fact]
    public void Find_GiantOrDeepName_IsRefused()
    {
        var deep = string.Concat(Enumerable.Repeat($"{Here}.Wrapped`1[[", 100)) + $"{Here}.Order, Remote.Tests"
            + string.Concat(Enumerable.Repeat("]], Remote.Tests", 100));
        Assert.Null(Type(JsonTypePolicy.Application, deep));
        Assert.Null(Type(JsonTypePolicy.Application, $"{Here}.{new string('x', 1_000_000)}, Remote.Tests"));
        Assert.Null(Type(JsonTypePolicy.Application, $"{Here}.Order{string.Concat(Enumerable.Repeat("[]", 1000))}, Remote.Tests"));
    }

    /// <summary>The runtime keeps each type that it has made: a peer that makes names up must not fill the memory with them.</summary>
    [Theory]
    [InlineData(JsonTypePolicy.Application)]
    [InlineData(JsonTypePolicy.Any)]
    public void Find_EndlesslyManyConstructedTypes_AreRefusedBeyondABound(JsonTypePolicy policy)
    {
        var registry = TestRegistry.Of(TestRegistry.Serialization(), options =>
        {
            options.JsonTypes = policy;
            options.RegisteredJsonTypes.Add(typeof(Wrapped<Shape[]>));
        });
        var names = Enumerable.Range(0, ConstructedTypes.Max + 100).Select(number => Made(number + 2)).ToList();
        var found = names.ConvertAll(name => registry.FindInbound(name, 1, default));

        Assert.All(found.Take(ConstructedTypes.Max), type => Assert.NotNull(type.Json));
        Assert.All(found.Skip(ConstructedTypes.Max), type => Assert.Contains("RegisteredJsonTypes", type.Refusal, StringComparison.Ordinal));

        // What was found goes on being found, and so is what is registered or needs not be made.
        Assert.NotNull(registry.FindInbound(names[0], 1, default).Json);
        Assert.NotNull(registry.FindInbound($"{Here}.Order, Remote.Tests", 1, default).Json);
        Assert.NotNull(registry.FindInbound(typeof(Wrapped<Shape[]>).AssemblyQualifiedName!, 1, default).Json);
    }

    /// <summary>One type can be written in endlessly many ways: whoever does that must not use up what others may have made.</summary>
    [Theory]
    [InlineData(JsonTypePolicy.Application)]
    [InlineData(JsonTypePolicy.Any)]
    public void Find_ManySpellingsOfOneType_CountAsOne(JsonTypePolicy policy)
    {
        var registry = TestRegistry.Of(TestRegistry.Serialization(), options => options.JsonTypes = policy);
        foreach (var assembly in Spellings("Remote.Tests").Take(2 * ConstructedTypes.Max))
        {
            Assert.NotNull(registry.FindInbound($"{Here}.Order[], {assembly}", 1, default).Json);
        }

        var others = Enumerable.Range(2, ConstructedTypes.Max).Select(number => registry.FindInbound(Made(number), 1, default)).ToList();
        Assert.All(others, type => Assert.NotNull(type.Json));
        Assert.NotNull(registry.FindInbound(Made(ConstructedTypes.Max + 2), 1, default).Refusal);
    }

    /// <summary>What is no type makes none, and leaves the places to those that are.</summary>
    [Fact]
    public void Find_NamesThatDoNotFitTogether_CountNothing()
    {
        var registry = TestRegistry.Of(TestRegistry.Serialization());
        for (var depth = 1; depth < 20; depth++)
        {
            var arrays = string.Concat(Enumerable.Repeat("[]", depth));
            foreach (var assembly in Spellings("Remote.Tests").Take(100))
            {
                Assert.NotNull(registry.FindInbound(
                    $"{Here}.Wrapped`1[[{Here}.Order{arrays}, Remote.Tests],[{Here}.Order, Remote.Tests]], {assembly}", 1, default).Refusal);
                Assert.NotNull(registry.FindInbound($"{Here}.Wrapped`1{arrays}, {assembly}", 1, default).Refusal);
            }
        }

        var made = Enumerable.Range(2, ConstructedTypes.Max).Select(number => registry.FindInbound(Made(number), 1, default)).ToList();
        Assert.All(made, type => Assert.NotNull(type.Json));
    }

    /// <summary>The same assembly, with each letter large or small.</summary>
    private static IEnumerable<string> Spellings(string name)
    {
        var letters = Enumerable.Range(0, name.Length).Where(index => char.IsLetter(name[index])).ToArray();
        for (var number = 0; number < 1 << letters.Length; number++)
        {
            var spelling = name.ToLowerInvariant().ToCharArray();
            for (var bit = 0; bit < letters.Length; bit++)
            {
                spelling[letters[bit]] = (number >> bit & 1) == 0 ? spelling[letters[bit]] : char.ToUpperInvariant(spelling[letters[bit]]);
            }

            yield return new string(spelling);
        }
    }

    /// <summary>A type for each number: its bits, arrays and wrappers around an order.</summary>
    private static string Made(int number)
    {
        var name = $"{Here}.Order, Remote.Tests";
        for (; number > 1; number >>= 1)
        {
            name = (number & 1) == 0 ? $"{Here}.Wrapped`1[[{name}]], Remote.Tests" : $"{name[..^", Remote.Tests".Length]}[], Remote.Tests";
        }

        return name;
    }

    /// <summary>Each assembly beside the runtime is the framework's, whatever it is called.</summary>
    [Fact]
    public void IsOfApplication_AssembliesOfTheFramework_AreNot()
    {
        var names = new[] { RuntimeEnvironment.GetRuntimeDirectory(), AspNetCoreDirectory() }
            .SelectMany(folder => System.IO.Directory.GetFiles(folder, "*.dll")).Select(TryName).OfType<AssemblyName>().ToArray();
        Assert.InRange(names.Length, 200, 2000);
        Assert.Empty(names.Where(LoadedAssemblies.IsOfApplication).Select(name => name.FullName));
        Assert.False(LoadedAssemblies.IsOfApplication(typeof(PID).Assembly));
        Assert.False(LoadedAssemblies.IsOfApplication(typeof(IMessage).Assembly));
        Assert.False(LoadedAssemblies.IsOfApplication(typeof(RemoteOptions).Assembly));
        Assert.True(LoadedAssemblies.IsOfApplication(typeof(JsonTypesTests).Assembly));
        Assert.True(LoadedAssemblies.IsOfApplication(new AssemblyName("Prototype.Shop")));
    }

    [Fact]
    public void Find_Registered_TakesWhatIsRegisteredAndNothingElse()
    {
        var registry = TestRegistry.Of(TestRegistry.Serialization(), options =>
        {
            options.JsonTypes = JsonTypePolicy.Registered;
            options.RegisteredJsonTypes.Add(typeof(string));
            options.RegisteredJsonTypes.Add(typeof(List<Order>));
        });
        Assert.NotNull(registry.FindInbound("System.String, System.Private.CoreLib, Version=4.0.0.0", 1, default).Json);
        Assert.NotNull(registry.FindInbound(typeof(List<Order>).AssemblyQualifiedName!, 1, default).Json);
        Assert.Null(registry.FindInbound($"{Here}.Order, Remote.Tests", 1, default).Json);
        Assert.Null(registry.FindInbound("System.Int32, System.Private.CoreLib", 1, default).Json);
    }

    [Fact]
    public void Find_Any_TakesWhatTheRuntimeFindsButNoSystemMessage()
    {
        Assert.NotNull(Type(JsonTypePolicy.Any, typeof(List<string>).AssemblyQualifiedName!));
        Assert.NotNull(Type(JsonTypePolicy.Any, "System.String"));
        Assert.Null(Type(JsonTypePolicy.Any, "No.Such, No.Assembly"));
        Assert.Null(Type(JsonTypePolicy.Any, "][,,"));

        // The mailbox of the target would be suspended.
        var sink = Decode(JsonTypePolicy.Any, typeof(SuspendMailbox).AssemblyQualifiedName!);
        Assert.Empty(sink.Messages);
        Assert.Single(sink.Refused);
    }

    [Fact]
    public void Find_RefusedName_IsFoundWhenItsAssemblyWasLoaded()
    {
        const string name = "Late.Message, Late";
        var registry = TestRegistry.Of(TestRegistry.Serialization());
        Assert.NotNull(registry.FindInbound(name, 1, default).Refusal);
        AssemblyLoadContext.Default.LoadFromStream(MakeAssembly("Late", "Message"));
        Assert.Equal("Late.Message", registry.FindInbound(name, 1, default).Json?.Type.FullName);
    }

    [Fact]
    public void Find_TypeMadeAtRuntime_IsRefused()
    {
        AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Made"), AssemblyBuilderAccess.Run)
            .DefineDynamicModule("Made").DefineType("Made.Message", TypeAttributes.Public).CreateType();
        Assert.Null(Type(JsonTypePolicy.Application, "Made.Message, Made"));
    }

    private static MemoryStream MakeAssembly(string name, string type)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(name), typeof(object).Assembly);
        assembly.DefineDynamicModule(name).DefineType($"{name}.{type}", TypeAttributes.Public).CreateType();
        var stream = new MemoryStream();
        assembly.Save(stream);
        stream.Position = 0;
        return stream;
    }

    private static System.Type? Type(JsonTypePolicy policy, string name) =>
        TestRegistry.Of(TestRegistry.Serialization(), options => options.JsonTypes = policy).FindInbound(name, 1, default).Json?.Type;

    private static RecordingSink Decode(JsonTypePolicy policy, string name)
    {
        var registry = TestRegistry.Of(TestRegistry.Serialization(MessagesReflection.Descriptor), options => options.JsonTypes = policy);
        var batch = new Wire.MessageBatch
        {
            TypeNames = { name },
            Targets = { ByteString.CopyFromUtf8("json") },
            Envelopes = { new Wire.MessageEnvelope { SerializerId = 1, MessageData = ByteString.CopyFromUtf8("{}") } },
        };
        return Codec.Decode(new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray(), new BatchDecoder(registry, Codec.FromPeer));
    }

    private static string AspNetCoreDirectory() => Path.GetDirectoryName(typeof(Microsoft.AspNetCore.Http.HttpContext).Assembly.Location)!;

    private static AssemblyName? TryName(string path)
    {
        try
        {
            return AssemblyName.GetAssemblyName(path);
        }
        catch (BadImageFormatException)
        {
            // A library of the platform.
            return null;
        }
    }

    internal sealed record Inner(int Number);
}
