/// Words that many people make passwords of: an own list, written for Penstock, of what is obvious.
/// Longer lists are read from files (`PasswordPolicy.Files`).
///
/// The rules of `PasswordPolicy` multiply it: capitals, digits for letters, digits and signs around
/// a word, and words in a row are seen through.
enum PasswordPolicyWords {
    /// In lower case, at least four letters each.
    static let all: Set<String> = {
        let lists = [ordinary, names, teams, brands, fantasy, german, keyboard, places]
        return Set(lists.flatMap { $0.split(separator: " ").map(String.init) })
    }()

    private static let ordinary = """
        password passwort passphrase passcode letmein welcome welcomeback login logmein signin \
        admin administrator root toor superuser user username guest default changeme change \
        changeit secret topsecret private access access14 master system server database backup \
        test testing tester temp temporary example sample demo dummy hello helloworld goodbye \
        please thanks thankyou whatever nothing something anything everything nobody somebody \
        love iloveyou loveyou loveme lovely loving lover lovers forever forever21 always never \
        baby babygirl babyboy angel angels princess prince queen king kings lady ladies girl girls \
        boys sweet sweetie sweetheart honey sugar sunshine sunflower flower flowers rose rainbow \
        summer winter spring autumn january february march april june july august september \
        october november december monday tuesday wednesday thursday friday saturday sunday \
        today tomorrow yesterday morning midnight night moon moonlight star stars stardust \
        starlight shine bright light dark darkness shadow black white silver golden gold diamond \
        crystal orange purple yellow green blue redhead chocolate cookie cookies cupcake candy \
        cherry banana apple apples strawberry peaches peanut pepper ginger coffee cheese pizza \
        chicken butter pumpkin potato tomato cactus dragon dragons tiger tigers lion lions \
        eagle eagles falcon falcons hawk wolf wolves panther panthers bear bears monkey monkeys \
        turtle dolphin dolphins shark sharks fish fishing horse horses pony puppy puppies kitty \
        kitten kittens cats dogs doggie buddy rabbit bunny butterfly spider scorpion cobra viper \
        phoenix elephant penguin panda money dollar dollars million rich lucky luck winner \
        champion victory power energy force thunder lightning storm hurricane tornado snow \
        snowball snowflake fire firefly flame water ocean river island beach mountain forest \
        paradise heaven hell devil demon demons satan jesus jesus1 christ church faith hope \
        blessed blessing trinity freedom liberty justice peace friend friends friendship family \
        mother father mommy daddy sister brother sisters brothers grandma grandpa husband wife \
        soldier army navy marine marines airforce police fireman doctor nurse teacher student \
        school college university computer internet network keyboard laptop windows macbook \
        desktop software hacker hackers hacked matrix cyber digital electric electronic science \
        music guitar piano drummer drums singer dancer dance dancing rockstar rocker metal disco \
        soccer football baseball basketball hockey tennis golfer golfing volleyball softball \
        wrestling boxing running runner swimming swimmer skater skateboard surfer surfing snowboard \
        bicycle biker racing racer trucker driver pilot flying airplane rocket spaceman galaxy \
        universe planet space alien aliens robot zombie vampire ghost skull skulls pirate pirates \
        ninja samurai warrior warriors knight knights wizard magic magical merlin mystery dream \
        dreams dreamer happy happiness smile smiley laugh crazy stupid loser sucker sexy \
        hottie cutie cool coolest awesome amazing wonderful beautiful pretty gorgeous perfect \
        special number one numberone trustno1 trustme nopassword mypassword yourpassword letmesee \
        opensesame abracadabra security secure security1 blahblah fuckyou fuckoff bullshit asshole \
        bigdaddy bigboy bigdog hotdog playboy player gamer games gaming online facebook google \
        twitter youtube yahoo hotmail gmail myspace instagram linkedin amazon netflix spotify \
        internet1 business company office manager support service helpdesk operator engineer \
        finance account accounts customer sales marketing london11 creative control rangers \
        cowboy cowboys indian indians engine motor garage hunter hunting shooter shooting sniper \
        killer killers bullet gunner cannon danger dangerous trouble rebel rebels legend legends \
        genius einstein newton galileo picasso mozart beethoven shakespeare valentine halloween \
        christmas easter birthday holiday vacation weekend house home homer kitchen garden window \
        doors bridge castle tower station street highway route66 country western eastern northern \
        southern american america english french german spanish italian russian chinese japanese \
        mexican canadian elephants maverick iceman goose1 scooter chopper pussycat tinkerbell \
        chelsea1 spongebob patrick sandy squirrel bubbles bubba pookie precious treasure jewel \
        pearl ruby emerald sapphire amber jasmine1 violet lavender daisy lily iris
        """

    private static let names = """
        michael michelle jennifer jessica jordan joshua daniel danielle andrew matthew christopher \
        christian christina christine nicole nicholas ashley amanda samantha stephanie elizabeth \
        william robert robbie richard charlie charles charlotte thomas tommy johnny john jonathan \
        joseph james jimmy jason justin brandon brittany anthony andrea angela angelina alexander \
        alexandra alexis alejandro antonio carlos fernando francisco eduardo roberto ricardo \
        miguel manuel gabriel gabriela isabella sophia sophie olivia emily emma hannah sarah \
        rachel rebecca laura lauren linda lisa maria mariah marina martin martina melissa megan \
        natasha natalie nathan oliver oscar patricia peter philip phillip raymond ronald ronaldo \
        ronaldinho samuel sammy sandra sharon shannon steven stephen taylor teresa tiffany timothy \
        tyler vanessa veronica victor victoria vincent walter zachary george georgia gregory \
        harry heather henry jackson jacob jasmine jeremy kevin kimberly kristen kristin lucas \
        marcus mario maxwell maggie mickey minnie monica morgan murphy barbara benjamin bailey \
        buster brian bradley cameron carolina caroline catherine kathleen katherine courtney \
        crystal1 debbie dennis diana donald donna douglas dustin dylan edward eric frank freddy \
        garfield harley hunter1 austin aaron adrian albert alfred arthur bonnie casper chester \
        claire claudia cooper dakota dexter duncan elvis felix gordon hector isaac jackie jasper \
        jessie joanna julian juliana juliet karen kelly larry leslie louise lorenzo lucy madison \
        marcel marley marvin mercedes miranda molly nelson nancy norman paloma parker paul pamela \
        pedro phoebe quentin randy rocky romeo russell sabrina scott sebastian serena sierra simon \
        sylvia tabitha tanner theodore travis trevor valerie wesley whitney winston xavier yvonne
        """

    private static let teams = """
        arsenal chelsea liverpool everton barcelona realmadrid juventus milan inter celtic \
        rangers1 yankees dodgers redsox lakers celtics bulls steelers packers patriots raiders \
        broncos cowboys1 giants redskins chargers vikings saints dolphins1 jets ravens bulldogs \
        wildcats gators longhorns sooners buckeyes wolverines spartans trojans tarheel bluedevil \
        manutd manchester newcastle tottenham astonvilla benfica sporting porto ajax feyenoord \
        galatasaray fenerbahce besiktas bayern borussia schalke
        """

    private static let brands = """
        ferrari porsche mustang corvette camaro chevy chevrolet toyota honda nissan yamaha suzuki \
        kawasaki ducati harleydavidson mercedes1 bmwbmw audi volkswagen jaguar lamborghini subaru \
        mitsubishi hyundai samsung nokia motorola iphone android blackberry nintendo playstation \
        xbox360 gamecube microsoft apple123 cocacola pepsi budweiser guinness corona heineken \
        marlboro camel nike adidas jordan23 gucci prada chanel cisco oracle intel linux ubuntu
        """

    private static let fantasy = """
        starwars startrek skywalker darthvader vader chewbacca yoda jedi enterprise voyager spock \
        picard kirk gandalf frodo bilbo aragorn legolas mordor tolkien hobbit harrypotter \
        hogwarts dumbledore hermione voldemort superman batman spiderman ironman hulk wolverine \
        deadpool catwoman joker gotham thor loki captain avengers xmen pokemon pikachu charizard \
        zelda sonic luigi bowser kirby naruto sasuke goku vegeta dragonball onepiece bleach \
        warcraft starcraft diablo blizzard minecraft fortnite roblox counterstrike halflife \
        assassin skyrim metallica slipknot nirvana megadeth ironmaiden greenday blink182 eminem \
        tupac beatles rollingstones pinkfloyd ledzeppelin queen1 bonjovi madonna britney simpsons \
        bartman southpark cartman scooby scoobydoo snoopy garfield1 mickeymouse donaldduck \
        godzilla kingkong terminator predator rambo jamesbond bond007 goldeneye
        """

    private static let german = """
        hallo hallowelt passwort1 geheim schatz schatzi liebe ichliebedich sommer herbst fruehling \
        sonne sonnenschein blume engel prinzessin fussball schalke04 deutschland berlin hamburg \
        muenchen willkommen computer1 schule arbeit bonjour motdepasse soleil amour jetaime \
        azerty doudou chouchou marseille contrasena contraseña hola teamo teamomucho princesa \
        mariposa estrella corazon querido tequiero ciao amore password1 juventus1 welkom \
        wachtwoord geheim1 voetbal zomer sinterklaas lekker
        """

    private static let keyboard = """
        qwerty qwertz azertyuiop qwertyuiop asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm qazwsx \
        qazwsxedc wsxedc 1qaz2wsx 1q2w3e 1q2w3e4r 1q2w3e4r5t q1w2e3 q1w2e3r4 zaq12wsx zaq1zaq1 \
        qweasd qweasdzxc asdzxc qwer1234 asdf1234 abcd1234 abc123 a1b2c3 a1b2c3d4 aaaa1111 \
        1a2b3c 1a2b3c4d poiuy poiuytrewq lkjhgfdsa mnbvcxz
        """

    private static let places = """
        london paris newyork brooklyn boston chicago dallas houston austin1 denver phoenix1 \
        florida california texas arizona virginia washington canada mexico brazil argentina \
        colombia england scotland ireland wales australia sydney melbourne newzealand france \
        italia italy spain espana germany holland amsterdam sweden norway denmark finland poland \
        russia moscow turkey istanbul india pakistan china japan tokyo korea thailand vietnam \
        philippines indonesia africa egypt europe hawaii vegas lasvegas hollywood
        """
}
