"""How common everyday and news words are in each language: what a small window cannot know.

Four classes, most common first, by the share of headlines with a short lede that hold a word
of the class. The shares are round figures: what matters is that "in" is not taken for a rare
word because a window of nine items shows it but twice. Words that are not listed are rare.
"""

from __future__ import annotations

SHARES = (0.2, 0.06, 0.02, 0.01)

_WORDS: dict[str, tuple[str, str, str, str]] = {
    "sv": (
        "i på av för och att en till med är som ett om inte",
        "det den de så från efter sig har kan vid nu var när ska vill får mot över han hon under"
        " men här vi sin sina jag",
        "man ut in upp hur vad mer mest då också blir blev bli ta tar tog ha hade inför utan"
        " mellan bara alla flera fler två tre nya ny nytt år år dag idag ny stor stora stort"
        " säger göra gör går gick kommer kom hans hennes deras dem dig du ni sitt kring där"
        " redan igen innan än vara varit någon något allt många bort ner fram per samt eller"
        " hos utanför genom tillbaka enligt polisen sverige svenska svensk ställs ställer läs"
        " därför detta denna dessa vår våra ens kunna skulle måste mycket första förra",
        "fyra fem sex sju åtta nio tio flest senaste bästa bättre sämre nästa sista kvinna"
        " kvinnor män mannen kvinnan barn person personer människor regeringen kommunen kommun"
        " region kronor miljoner miljarder procent fick får ge ger gav ser se såg söker tror"
        " vet vann vinner vinst förlorade döms dömd dömdes åtalas åtal misstänkt misstänkta"
        " misstänks gripen grips gripna brand olycka skadad skadade död döda dog mord larm"
        " rätt ny öppnar stänger stoppas stoppar startar start börjar slut klart klar visar"
        " varnar kräver kritik kritisk kritiska kritiserar hot hotar risk nyheter nyhet video"
        " bild bilder live direkt just match matchen lag laget säsong säsongen ledare debatt"
        " krönika insändare väg vägen väg hem hemma bor stad staden skola skolan elever"
        " länet län vecka veckan månad måndag tisdag onsdag torsdag fredag lördag söndag"
        " morgon kväll natten natt dygnet helgen sommaren sommar vinter hösten våren januari"
        " februari mars april maj juni juli augusti september oktober november december linje"
        " linjer regler regel avtal plats hjälp hjälper chef chefen jobb jobbet nej ja sajt"
        " sida mej gånger gång ökar ökning minskar höjer höjs sänker sänks tillfälligt flytta"
        " flyttar bygger byggs byggas satsar satsning köper säljer sålt förslag beslut beslutar"
        " oro rekord kamp krig liv livet tid tiden världen land landet partiet politiker",
    ),
    "no": (
        "i på av for og å til med er som en et om det ikke",
        "den de seg fra etter har kan ved nå var når skal vil får mot over han hun under men"
        " her vi sin jeg at så",
        "man ut inn opp hvordan hva mer mest da også blir ble bli tar ta tok ha hadde før uten"
        " mellom bare alle flere to tre nye ny nytt år dag idag stor store stort sier gjør"
        " gjøre går gikk kommer kom hans hennes deres dem deg du dere sitt sine der allerede"
        " igjen enn være vært noen noe alt mange bort ned fram eller hos gjennom tilbake ifølge"
        " politiet norge norske norsk derfor dette denne disse vår våre kunne skulle må mye"
        " første les saken",
        "fire fem seks sju åtte ni ti siste beste bedre neste kvinne kvinner menn mannen"
        " kvinnen barn person personer mennesker regjeringen kommunen kommune kroner millioner"
        " milliarder prosent fikk gi gir ga ser se så søker tror vet vant vinner tapte dømt"
        " tiltalt siktet mistenkt pågrepet brann ulykke skadet død døde drap åpner stenger"
        " stopper starter start begynner slutt klar viser advarer krever kritikk kritisk truer"
        " risiko nyheter video bilde bilder live direkte kamp kampen lag laget sesong sesongen"
        " leder debatt veien vei hjem hjemme bor by byen skole skolen elever uke uken måned"
        " mandag tirsdag onsdag torsdag fredag lørdag søndag morgen kveld natt natten helgen"
        " sommer vinter januar februar mars april mai juni juli august september oktober"
        " november desember avtale plass hjelp hjelper sjef jobb jobben nei ja øker reduserer"
        " foreslår forslag vedtak rekord krig liv livet tid tiden verden land landet partiet",
    ),
    "da": (
        "i på af for og at til med er som en et om det ikke",
        "den de sig fra efter har kan ved nu var når skal vil får mod over han hun under men"
        " her vi sin jeg så der",
        "man ud ind op hvordan hvad mere mest da også bliver blev blive tager tage tog have"
        " havde før uden mellem kun alle flere to tre nye ny nyt år dag idag stor store stort"
        " siger gør gøre går gik kommer kom hans hendes deres dem dig du sit sine allerede igen"
        " end være været nogen noget alt mange væk ned frem eller hos gennem tilbage ifølge"
        " politiet danmark danske dansk derfor dette denne disse vores kunne skulle må meget"
        " første læs",
        "fire fem seks syv otte ni ti seneste sidste bedste bedre næste kvinde kvinder mænd"
        " manden kvinden børn person personer mennesker regeringen kommunen kommune kroner"
        " millioner milliarder procent fik give giver gav ser se så søger tror ved vandt vinder"
        " tabte dømt tiltalt sigtet mistænkt anholdt brand ulykke såret død døde drab åbner"
        " lukker stopper starter start begynder slut klar viser advarer kræver kritik kritisk"
        " truer risiko nyheder video billede billeder live direkte kamp kampen hold holdet"
        " sæson leder debat vej vejen hjem hjemme bor by byen skole skolen elever uge ugen"
        " måned mandag tirsdag onsdag torsdag fredag lørdag søndag morgen aften nat natten"
        " weekenden sommer vinter januar februar marts april maj juni juli august september"
        " oktober november december aftale plads hjælp hjælper chef job nej ja øger forslag"
        " rekord krig liv livet tid tiden verden land landet partiet",
    ),
    "fi": (
        "ja on ei",
        "oli että se myös nyt jo kun mutta hän voi sai ovat kuin vuoden ennen jälkeen mukaan"
        " suomen suomi",
        "ole eivät olisi ollut sen sitä siitä tämä tässä tästä nämä mitä mikä miten miksi kuka"
        " näin vain vielä yli alle kaksi kolme uusi uuden uutta uudet suuri suuren paljon"
        " enemmän moni monta kaikki muut muun joka jotka jonka sekä tai vai eli niin aikana"
        " kanssa vastaan kohti ilman takia asti saa saanut teki tekee tulee tuli menee meni"
        " pitää piti haluaa haluavat sanoo kertoo kertoi poliisi poliisin suomessa suomalainen"
        " helsingin helsingissä vuotta vuonna tänään lue",
        "neljä viisi kuusi ensimmäinen viimeinen paras parempi seuraava nainen naisen mies"
        " miehen miestä lapsi lapset lapsen ihmiset ihmistä hallitus hallituksen kunta euroa"
        " miljoonaa miljoonan miljardia prosenttia näkee nähtiin uskoo tietää voitti voittaa"
        " voiton hävisi tuomittiin epäillään epäilty pidätettiin palo onnettomuus loukkaantui"
        " kuoli kuollut murha avaa avasi sulkee alkaa alkoi loppuu näyttää varoittaa vaatii"
        " arvostelee uhkaa riski uutiset video kuva kuvat suora ottelu ottelun joukkue kausi"
        " kauden tie tiellä koti kotiin kaupunki kaupungin koulu koulun viikko viikon viikolla"
        " kuukausi maanantaina tiistaina keskiviikkona torstaina perjantaina lauantaina"
        " sunnuntaina aamu ilta yö yöllä viikonloppuna kesä talvi tammikuu helmikuu maaliskuu"
        " huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu apua"
        " johtaja työ työn nousee laskee ennätys sota sodan elämä aika maailma maailman maa",
    ),
    "de": (
        "der die das und in im den von zu mit für auf ist ein eine nicht",
        "dem des es an am aus bei nach sich sie er um vor wie zum zur über gegen einen einem"
        " einer als auch noch wird hat sind will soll mehr so was ich wir",
        "war werden wurde wurden haben kann können muss müssen sollen wollen bis durch ohne"
        " unter zwischen seit wegen während oder aber doch nur schon jetzt wieder weiter hier"
        " dort da dann wenn weil dass ob kein keine keinen viele vielen alle alles neue neuer"
        " neues neuen neu große großer großen erste ersten ersten zwei drei jahr jahre jahren"
        " heute uhr tag tage sein seine seiner ihr ihre ihren uns unser sagt geht gibt kommt"
        " macht steht bleibt deutschland deutsche deutschen deutscher polizei man zurück rund"
        " ab warum diese dieser dieses lesen",
        "vier fünf sechs sieben acht neun zehn letzte letzten beste besten besser nächste frau"
        " frauen mann männer kind kinder menschen person personen regierung stadt land euro"
        " millionen milliarden prozent gab sieht sehen sucht glaubt weiß gewinnt gewann sieg"
        " verliert niederlage verurteilt verdacht festgenommen brand feuer unfall verletzt"
        " verletzte tot tote toten starb stirbt tod mord öffnet schließt stoppt start startet"
        " beginnt ende zeigt warnt fordert kritik kritisiert droht gefahr risiko nachrichten"
        " video bild bilder live ticker spiel spiele team saison weg straße schule woche monat"
        " montag dienstag mittwoch donnerstag freitag samstag sonntag morgen abend nacht"
        " wochenende sommer winter januar februar märz april mai juni juli august september"
        " oktober november dezember hilfe hilft chef arbeit nein ja steigt steigen sinkt sinken"
        " plan pläne rekord krieg leben zeit welt partei politik präsident minister fall frei",
    ),
    "en": (
        "the to of in a and for on is with at as",
        "by from that it after be are was has his he will an over this new have not who says"
        " s up out more about their they its us said but",
        "i we you she her him them our your my can could would should may might must do does"
        " did done had been were being or if than then when where why how what which into off"
        " down back against before between under through during without amid no yes all any"
        " some most many other just now here there also only still again first two three one"
        " last year years day days today week time man people get gets got make makes made take"
        " takes go goes going come comes say set big old high top long read so too while until"
        " since per like report reports news",
        "four five six seven eight nine ten next best better worse woman women men child"
        " children person police government state states city country million billion percent"
        " us uk american america british world president minister house court give gives gave"
        " see sees find finds found think know knows win wins won lose loses lost beat beats"
        " charged arrested accused alleged suspect guilty jailed sentenced fire crash accident"
        " injured hurt dead dies died death killed kill kills murder attack shooting open opens"
        " close closes closed stop stops start starts begin begins end ends show shows warn"
        " warns call calls called urge urges claims claim tells told asks face faces criticism"
        " slams hits hit threat risk video photo photos pictures watch live update updates"
        " latest breaking match game games team season home town school students street road"
        " month monday tuesday wednesday thursday friday saturday sunday morning night weekend"
        " summer winter january february march april june july august september october"
        " november december help helps boss chief job jobs work plan plans deal record war life"
        " live lives use used cut cuts rise rises rising fall falls price prices cost costs"
        " change changes move moves keep keeps leave leaves left want wants need needs look"
        " looks back return returns run runs part public major key white black star stars",
    ),
    "es": (
        "de la el en y a los que del se las un por con",
        "una para su al no es lo más como este esta tras sus ante sobre ha son fue hasta entre"
        " desde",
        "o e pero si ya muy sin también donde cuando quien qué cómo hay ser está están era han"
        " había puede pueden será sido contra bajo durante según hacia nuevo nueva nuevos"
        " nuevas dos tres primer primera primero años año día días hoy ayer todo todos toda"
        " todas otro otra otros esto eso ese esa estos nos me te le les yo él ella mi tu uno"
        " sólo solo así aún mejor mayor gran grandes así va van hace hacer tiene tienen dice"
        " españa méxico argentina gobierno país",
        "cuatro cinco seis siete ocho nueve diez último última próximo mujer mujeres hombre"
        " hombres niño niños persona personas policía estado ciudad millones euros dólares"
        " pesos ciento da dan dio ve ven busca cree sabe gana ganó ganar pierde perdió victoria"
        " derrota detenido detenidos acusado condenado juicio incendio accidente heridos herido"
        " muerto muertos muere murió muerte asesinato ataque abre cierra inicia inicio comienza"
        " fin final muestra advierte pide exige crítica critica amenaza riesgo noticias video"
        " vídeo foto fotos vivo directo partido partidos equipo temporada casa calle escuela"
        " semana mes lunes martes miércoles jueves viernes sábado domingo mañana noche tarde"
        " verano invierno enero febrero marzo abril mayo junio julio agosto septiembre octubre"
        " noviembre diciembre ayuda jefe trabajo plan récord guerra vida tiempo mundo"
        " presidente ministro historia primera llega sube baja caso centro",
    ),
    "fr": (
        "de la le les l et à des en du un d une",
        "pour dans est au sur par qui que pas avec son sa ce il plus se aux a s n ne ses après",
        "ou mais si où quand comment pourquoi quoi dont elle ils elles on nous vous je me te"
        " lui leur leurs cette ces cet être sont était été ont avait avoir fait faire peut"
        " peuvent va vont doit sans sous entre vers chez contre depuis pendant avant selon face"
        " entre tout tous toute toutes autre autres même aussi très bien encore déjà nouveau"
        " nouvelle nouveaux nouvelles deux trois premier première ans an année jour jours"
        " aujourd hui hier france français française grand grande deux y c qu m",
        "quatre cinq six sept huit neuf dix dernier dernière meilleur prochain femme femmes"
        " homme hommes enfant enfants personne personnes gouvernement police état ville pays"
        " millions milliards euros pour cent dit donne voit cherche croit sait gagne remporte"
        " victoire perd défaite condamné accusé mis examen arrêté incendie accident blessés"
        " blessé mort morts meurt décès meurtre attaque ouvre ferme lance début commence fin"
        " montre alerte demande critique menace risque actualités vidéo photo photos direct"
        " match matchs équipe saison maison rue école semaine mois lundi mardi mercredi jeudi"
        " vendredi samedi dimanche matin soir nuit été hiver janvier février mars avril mai"
        " juin juillet août septembre octobre novembre décembre aide chef travail plan record"
        " guerre vie temps monde président ministre histoire hausse baisse affaire retour",
    ),
    "pt": (
        "de a o e em que do da para com no na um",
        "os as dos das por uma não é se ao à mais nos nas pelo pela foi ser após sobre como"
        " são tem contra até diz",
        "ou mas se já muito sem também onde quando quem há está estão era ter tinha pode podem"
        " vai vão será sido entre desde durante segundo novo nova novos novas dois duas três"
        " primeiro primeira ano anos dia dias hoje ontem todo todos toda outro outra outros"
        " isso este esta esse essa seu sua seus suas ele ela eles me eu nós só ainda melhor"
        " maior grande faz fazer brasil portugal governo país quer deve às aos",
        "quatro cinco seis sete oito nove dez último última próximo mulher mulheres homem"
        " homens criança crianças pessoa pessoas polícia estado cidade milhões mil reais euros"
        " cento dá vê busca acredita sabe vence venceu ganha perde vitória derrota preso presos"
        " suspeito acusado condenado incêndio acidente feridos ferido morto mortos morre morreu"
        " morte assassinato ataque abre fecha inicia início começa fim final mostra alerta pede"
        " crítica critica ameaça risco notícias vídeo foto fotos vivo jogo jogos equipe equipa"
        " time temporada casa rua escola semana mês segunda terça quarta quinta sexta sábado"
        " domingo manhã noite tarde verão inverno janeiro fevereiro março abril maio junho"
        " julho agosto setembro outubro novembro dezembro ajuda chefe trabalho plano recorde"
        " guerra vida tempo mundo presidente ministro história feira caso",
    ),
    "it": (
        "di e il la a in che per è un del i",
        "le della dei con da non una si al alla nel l gli delle più su dal sono come lo ha nella"
        " dopo d",
        "o ma se già molto senza anche dove quando chi cosa perché questo questa questi quello"
        " essere era stato stata hanno aveva avere può possono va sarà tra fra contro durante"
        " secondo prima nuovo nuova nuovi nuove due tre primo anno anni giorno giorni oggi ieri"
        " tutto tutti tutta altro altri suo sua suoi io lui lei noi ci mi ti vi ne solo ancora"
        " meglio grande fa fare dice italia italiano italiana governo paese ai agli dalla sul"
        " sulla negli nelle ecco così",
        "quattro cinque sei sette otto nove dieci ultimo ultima prossimo donna donne uomo"
        " uomini bambino bambini persona persone polizia carabinieri stato città milioni"
        " miliardi euro cento dà vede cerca crede sa vince vinto perde vittoria sconfitta"
        " arrestato arrestati accusato condannato indagato incendio incidente feriti ferito"
        " morto morti muore morte omicidio attacco apre chiude inizia inizio fine mostra allarme"
        " chiede critica minaccia rischio notizie video foto diretta partita partite squadra"
        " stagione casa strada scuola settimana mese lunedì martedì mercoledì giovedì venerdì"
        " sabato domenica mattina sera notte estate inverno gennaio febbraio marzo aprile"
        " maggio giugno luglio agosto settembre ottobre novembre dicembre aiuto capo lavoro"
        " piano record guerra vita tempo mondo presidente ministro storia caso",
    ),
    "nl": (
        "de van het in een en op voor te met is",
        "dat die aan niet om bij naar uit door zijn er na ook over tegen als meer nog wordt"
        " heeft maar wil hij ze tot",
        "of dan zo al wel geen veel alle alles nieuwe nieuw grote groot eerste twee drie jaar"
        " dag vandaag nu weer hier daar waar wie wat hoe waarom was waren werd worden hebben had"
        " kan kunnen moet moeten zal zou gaat gaan komt komen doet doen krijgt zegt we wij ik je"
        " u haar hun hem mijn ons onze deze dit zich zonder tussen onder tijdens sinds volgens"
        " nederland nederlandse politie man mensen vrouw terug",
        "vier vijf zes zeven acht negen tien laatste beste beter volgende vrouwen mannen kind"
        " kinderen persoon personen regering kabinet gemeente stad land euro miljoen miljard"
        " procent geeft gaf ziet zoekt denkt weet wint won verliest winst verlies veroordeeld"
        " verdachte verdacht aangehouden opgepakt brand ongeluk gewond gewonden dood doden"
        " overleden moord aanval opent sluit stopt start begint einde toont waarschuwt eist"
        " kritiek dreigt risico nieuws video foto live wedstrijd team seizoen weg straat huis"
        " school week maand maandag dinsdag woensdag donderdag vrijdag zaterdag zondag morgen"
        " avond nacht weekend zomer winter januari februari maart april mei juni juli augustus"
        " september oktober november december hulp baas werk plan record oorlog leven tijd"
        " wereld president minister prijs",
    ),
    "ru": (
        "в и на с по о не",
        "для из за к от что до из-за об при у как это после года его был а во со",
        "все его ее их он она они мы я вы ты или но же бы ли уже еще ещё только если чтобы когда"
        " где кто какой которые который которая также так том этом этой этого этот эта была"
        " были будет будут быть есть может могут более между против без под над перед через"
        " около во время году год лет день дня сегодня новый новая новые новых нового два три"
        " первый первая один россии россия рф сообщил заявил заявила рассказал рассказали"
        " стало стал стали из",
        "четыре пять шесть семь последний лучший следующий женщина женщины мужчина человек"
        " людей люди ребенок дети детей правительство полиция города город страна страны"
        " миллионов млн млрд тысяч рублей долларов процентов дал видит ищет знает победил"
        " победа победу проиграл осужден обвинили задержан задержали пожар авария дтп"
        " пострадал пострадали погиб погибли умер смерть убийство открыл закрыл начал начало"
        " начнет конец показал показали предупредил предложил потребовал назвал назвали"
        " раскрыл критика угроза риск новости видео фото матч матча команда сезона дом улице"
        " школа школе неделя недели месяц понедельник вторник среда четверг пятница суббота"
        " воскресенье утро вечер ночь ночи января февраля марта апреля мая июня июля августа"
        " сентября октября ноября декабря помощь глава работа работы план рекорд война жизнь"
        " мир мира мире президент президента министр москва москвы москве области",
    ),
    "pl": (
        "w i na z do się nie o",
        "to że po za od jest dla jak przez są co ma już a był tak przed ze u",
        "ale czy lub by tylko też może będzie było była być ten ta tego tej tym te które który"
        " która jego jej ich on ona my mi gdy gdzie kto dlaczego ile więcej nowy nowa nowe"
        " nowych dwa dwie trzy pierwszy rok roku lat dni dzień dziś teraz polska polski polsce"
        " polskie policja nad pod bez między podczas według",
        "",
    ),
    "sl": (
        "v je in na za se",
        "so z da ne po s pri o ki od do bo pa tudi še že kot",
        "ali iz ob k h med pred pod nad brez proti zaradi lahko bi bil bila bilo bili sta smo"
        " več le vse vsi kdo kaj kako kje kdaj zakaj nov nova novi novo dve dva tri prvi prva"
        " leto leta let dan dni danes slovenija slovenije slovenski slovenska sloveniji",
        "",
    ),
    "ar": (
        "في من على",
        "إلى عن مع أن بعد ما لا هذا",
        "هذه التي الذي قبل بين كان كانت قد لم لن هو هي كل أو ثم حتى عند خلال ضد اليوم عام يوم"
        " أول أكثر غير دون",
        "",
    ),
}


def classes(language: str) -> list[tuple[float, list[str]]]:
    """The listed words of a language, with the share of items that hold each; may be none."""
    found = _WORDS.get(language, ())
    return [(share, words.split()) for share, words in zip(SHARES, found, strict=False)]
